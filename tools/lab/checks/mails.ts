import type { Check, Evidence, Fact, Mail } from '../evidence.js';

/** The clock of the database's host and ours are one; a mail and what is written of it are not. */
const slackMs = 250;

const owedBy: Record<string, string> = {
  PaymentAuthorised: 'order-confirmation',
  Shipped: 'order-shipped',
  OrderCancelled: 'order-cancelled',
  OrderFailed: 'order-cancelled',
};

/**
 * SMTP has nobody to ask. So a mail may come again, but each time only for a crash that fell between its predecessor and it: of the one who
 * sent it, or of the server before its 250.
 */
function excused(before: Mail, after: Mail, { faults }: Evidence): boolean {
  if (!before.answered) return true;
  return faults.some(({ whom, from, to }) => whom === 'notifications' && to >= before.at - slackMs && from <= after.at);
}

export const mails: Check = {
  name: 'mails',
  says: 'each mail that is owed was sent, none that is not, and none twice without a crash in between',
  look(evidence) {
    const sent = new Map<string, Mail[]>();
    for (const mail of evidence.mails) {
      const name = mail.messageId.split('@')[0]!;
      sent.set(name, [...(sent.get(name) ?? []), mail]);
    }
    const wrong: string[] = [];
    const owed = new Set<string>();
    for (const [stream, facts] of evidence.streams) for (const kind of owedIn(facts)) owed.add(`${kind}.${stream.slice('order:'.length)}`);
    for (const [name, all] of sent) {
      if (!owed.has(name)) wrong.push(`${name} was sent and is not owed`);
      all.slice(1).forEach((mail, n) => {
        if (!excused(all[n]!, mail, evidence)) wrong.push(`${name} came again after ${mail.at - all[n]!.at} ms, and nothing had crashed`);
      });
    }
    for (const name of owed) if (!sent.get(name)?.some(({ answered }) => answered)) wrong.push(`${name} was never sent`);
    return wrong;
  },
};

/** A payment that was authorised after all, once the order was bound to fail, is given back and not confirmed. */
const owedIn = (facts: readonly Fact[]): string[] => {
  const failing = facts.findIndex(({ type }) => type === 'CancellationRequested' || type === 'StepTimedOut');
  return facts.flatMap(({ type }, n) => (type === 'PaymentAuthorised' && failing >= 0 && n > failing ? [] : (owedBy[type] ?? [])));
};
