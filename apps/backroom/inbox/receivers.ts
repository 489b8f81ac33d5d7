import type { SMTPServerOptions } from 'smtp-server';

/** A reply with its number. */
export const refusal = (responseCode: number, message: string): Error => Object.assign(new Error(message), { responseCode });

/**
 * Everybody has a mailbox here, but some addresses have a mail server's bad days in them, to see what becomes of a mail then: one that
 * begins with `bounce-550` is refused for good, one with `busy-451` the first time. At most ten a mail.
 */
export function judgeReceivers(): NonNullable<SMTPServerOptions['onRcptTo']> {
  const askedBefore = new Set<string>();
  return ({ address }, session, answer) => {
    if (session.envelope.rcptTo.length >= 10) return answer(refusal(452, 'ten receivers are enough'));
    if (address.startsWith('bounce-550')) return answer(refusal(550, 'no such mailbox'));
    if (address.startsWith('busy-451') && !askedBefore.has(address)) {
      askedBefore.add(address);
      return answer(refusal(451, 'busy, try again'));
    }
    answer();
  };
}
