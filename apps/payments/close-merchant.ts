import type { AccountCommand } from '#libs/account';
import { idOf } from '#libs/store';
import type { Ask, Effect } from '#libs/work';

/** Tells the bank that an account is closed. What it refuses is an operator's to see to. */
export const closeMerchant = (gateway: Ask): Effect<{ stream: string; merchant: string }, { id: string }, AccountCommand> => ({
  name: 'close-merchant',
  timeoutMs: 15_000,
  concurrency: 4,
  attempts: 50,
  perform: ({ stream, merchant }, key, signal) =>
    gateway.call('/gateway/merchant-closures', { accountId: idOf(stream), merchant }, key, signal),
  lookup: (_, key, signal) => gateway.lookup('/gateway/operations', key, signal),
  settle(_, outcome) {
    if ('done' in outcome) return { command: { do: 'merchant-closed' } };
    return 'refused' in outcome || outcome.givenUp ? { dead: true } : {};
  },
});
