import type { OrderCommand } from '#libs/order';
import { idOf } from '#libs/store';
import { effectKey, findLast, notYetAbsent, why, type Ask, type Effect } from '#libs/work';
import type { Payment } from './authorise.js';

/** Gives back what was held. Where nobody knows whether anything is, the gateway is asked first; nothing held is as good as given back. */
export const voidPayment = (gateway: Ask): Effect<Payment, { id: string }, OrderCommand> => ({
  name: 'void',
  timeoutMs: 15_000,
  concurrency: 64,
  attempts: 50,
  async perform({ stream, amount, authorisation }, key, signal, attempt) {
    const held = authorisation
      ? { done: { id: authorisation } }
      : await findLast<{ id: string }>(gateway, '/gateway/operations', effectKey(stream, 'authorise'), signal);
    if (held === 'absent') return notYetAbsent(attempt) ?? { done: { id: '' } };
    if (!('done' in held)) return held;
    return gateway.call('/gateway/voids', { orderId: idOf(stream), authorisation: held.done.id, amount }, key, signal);
  },
  lookup: (_, key, signal) => gateway.lookup('/gateway/operations', key, signal),
  settle: (_, outcome) => undone('void', outcome),
});

/** How what gives money back ends: it is tried until it is done, or an operator has to see to it. */
export function undone(step: 'void' | 'refund', outcome: Parameters<Effect<Payment, { id: string }, OrderCommand>['settle']>[1]) {
  if ('done' in outcome) return { command: { do: 'undone', step } as const };
  if ('refused' in outcome || outcome.givenUp) return { dead: true } as const;
  return { command: { do: 'step-failed', step, attempt: outcome.attempt, detail: why(outcome) } as const };
}
