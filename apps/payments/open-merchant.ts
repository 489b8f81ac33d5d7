import type { AccountCommand } from '#libs/account';
import { idOf, type Database } from '#libs/store';
import type { Ask, Effect } from '#libs/work';

/** Asks the bank to keep a merchant of this name, as it must for whoever sells by our shop. Cards are charged for the shop all the same. */
export const openMerchant = (gateway: Ask, db: Database): Effect<{ stream: string }, { id: string }, AccountCommand> => ({
  name: 'open-merchant',
  timeoutMs: 15_000,
  concurrency: 4,
  attempts: 50,
  async perform({ stream }, key, signal) {
    const [row] = await db.run<{ name: string }>('merchant-name', 'SELECT name FROM merchants WHERE stream = $1', [stream]);
    if (!row) return { refused: 'The name has been erased.' };
    return gateway.call('/gateway/merchants', { accountId: idOf(stream), name: row.name }, key, signal);
  },
  lookup: (_, key, signal) => gateway.lookup('/gateway/operations', key, signal),
  settle(_, outcome) {
    if ('done' in outcome) return { command: { do: 'merchant-opened', merchant: outcome.done.id } };
    if ('refused' in outcome) return { command: { do: 'merchant-refused', detail: outcome.refused } };
    return outcome.givenUp ? { dead: true } : {};
  },
});
