import type { OrderCommand } from '#libs/order';
import { idOf } from '#libs/store';
import { why, type Ask, type Effect } from '#libs/work';
import type { Payment } from './authorise.js';

/** Takes the money that was held: the pivot. Nobody gives it up while its outcome is unknown; it becomes a dead letter. */
export const capture = (gateway: Ask): Effect<Payment, { id: string }, OrderCommand> => ({
  name: 'capture',
  timeoutMs: 15_000,
  concurrency: 64,
  attempts: 50,
  perform: ({ stream, amount, authorisation }, key, signal) =>
    gateway.call('/gateway/captures', { orderId: idOf(stream), authorisation, amount }, key, signal),
  lookup: (_, key, signal) => gateway.lookup('/gateway/operations', key, signal),
  settle(_, outcome) {
    if ('done' in outcome) return { command: { do: 'captured', capture: outcome.done.id } };
    if ('refused' in outcome) return { command: { do: 'capture-failed', detail: outcome.refused } };
    if (outcome.givenUp) return { dead: true };
    return { command: { do: 'step-failed', step: 'capture', attempt: outcome.attempt, detail: why(outcome) } };
  },
});
