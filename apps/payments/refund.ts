import type { OrderCommand } from '#libs/order';
import { idOf } from '#libs/store';
import type { Ask, Effect } from '#libs/work';
import type { Payment } from './authorise.js';
import { undone } from './void.js';

/** Gives back what was taken. */
export const refund = (gateway: Ask): Effect<Payment, { id: string }, OrderCommand> => ({
  name: 'refund',
  timeoutMs: 15_000,
  concurrency: 64,
  attempts: 50,
  perform: ({ stream, amount, authorisation }, key, signal) =>
    gateway.call('/gateway/refunds', { orderId: idOf(stream), authorisation, amount }, key, signal),
  lookup: (_, key, signal) => gateway.lookup('/gateway/operations', key, signal),
  settle: (_, outcome) => undone('refund', outcome),
});
