import type { Money, OrderCommand } from '#libs/order';
import { idOf } from '#libs/store';
import { why, type Ask, type Effect } from '#libs/work';
import type { Vault } from './vault.js';

/** What a payment's effects are about. */
export interface Payment {
  readonly stream: string;
  readonly amount: Money;
  /** The gateway's number; there is none before it has authorised, or where its answer never came. */
  readonly authorisation?: string;
}

/** Asks the gateway to hold the order's total on the customer's card. The card leaves the vault for this call, and for good with its outcome. */
export const authorise = (gateway: Ask, vault: Vault): Effect<Payment, { id: string }, OrderCommand> => ({
  name: 'authorise',
  timeoutMs: 15_000,
  concurrency: 64,
  // A gateway that is away for a quarter of an hour makes orders late, not failed.
  attempts: 12,
  async perform({ stream, amount }, key, signal) {
    const opened = await vault.open(stream);
    if ('wrong' in opened) return { refused: opened.wrong };
    return gateway.call('/gateway/authorisations', { orderId: idOf(stream), amount, card: opened.card }, key, signal);
  },
  lookup: (_, key, signal) => gateway.lookup('/gateway/operations', key, signal),
  settle(_, outcome) {
    if ('done' in outcome) return { command: { do: 'authorised', authorisation: outcome.done.id } };
    if ('refused' in outcome) return { command: { do: 'declined', detail: outcome.refused } };
    if (outcome.givenUp) return { command: { do: 'time-out', step: 'authorise', detail: why(outcome) } };
    return { command: { do: 'step-failed', step: 'authorise', attempt: outcome.attempt, detail: why(outcome) } };
  },
  close: (tx, payments) =>
    vault.forget(
      tx,
      payments.map(({ stream }) => stream),
    ),
});
