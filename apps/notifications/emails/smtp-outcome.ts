import type { Outcome } from '#libs/work';

/** What nodemailer throws. `responseCode` is the server's number, where it gave one. */
export interface SmtpError extends Error {
  code?: string;
  responseCode?: number;
}

/**
 * What a failure says about the mail. Only the server's number tells for good from for now: 550 and 451 to RCPT have the same `code`.
 * A refused login (`EAUTH`) says nothing about the mail and would make dead letters of all, so it is tried again like no connection.
 * Without a number it depends on whether the whole mail was `handedOver`, its closing dot included: SMTP has nobody to ask then.
 */
export function outcomeOf({ message, code, responseCode = 0 }: SmtpError, handedOver: boolean): Outcome<never> {
  if (responseCode >= 500 && code !== 'EAUTH') return { refused: message };
  if (responseCode >= 400) return { failed: message };
  return handedOver ? { ambiguous: message } : { failed: message };
}
