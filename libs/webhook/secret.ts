import { createHmac } from 'node:crypto';

/**
 * The secret by which whoever placed an order knows our calls about it: `whsec_` and 32 bytes in base64, as Standard Webhooks has it. Made of the
 * shop's WEBHOOK_SECRET wherever it is needed, and stored nowhere.
 * @param whose the order's stream, or that of the account by whose key it was placed
 */
export const webhookSecret = (shopSecret: string, whose: string): string =>
  `whsec_${createHmac('sha256', shopSecret).update(whose).digest('base64')}`;

export interface Signed {
  readonly id: string;
  /** Seconds since 1970. */
  readonly timestamp: number;
  /** The body as it is sent. */
  readonly body: string;
}

/** The value of `webhook-signature`, as the specification of Standard Webhooks has it (version 1: HMAC-SHA256). */
export function signatureOf({ id, timestamp, body }: Signed, secret: string): string {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}
