import type { AccountCommand } from '#libs/account';
import { idOf, type Database } from '#libs/store';
import type { Ask, Effect } from '#libs/work';

/**
 * Asks the bank to keep a merchant of this name, as it must for whoever sells by our shop. Cards are charged for the shop all the same. Where the
 * account was closed in the meantime, it is not asked any more.
 */
export const openMerchant = (gateway: Ask, db: Database): Effect<{ stream: string }, { id: string } | 'unwanted', AccountCommand> => ({
  name: 'open-merchant',
  timeoutMs: 15_000,
  concurrency: 4,
  attempts: 50,
  async perform({ stream }, key, signal, attempt) {
    const [row] = await db.run<{ name: string; closed: boolean }>(
      'merchant-name',
      `SELECT name, EXISTS (SELECT FROM events e WHERE e.stream = m.stream AND e.type = 'AccountClosed') AS closed FROM merchants m WHERE stream = $1`,
      [stream],
    );
    if (!row) return { refused: 'The name has been erased.' };
    // What an earlier attempt has sent may still be on its way to the bank: asked for again, it becomes known, and is closed.
    if (row.closed && attempt === 1) return { done: 'unwanted' };
    return gateway.call('/gateway/merchants', { accountId: idOf(stream), name: row.name }, key, signal);
  },
  lookup: (_, key, signal) => gateway.lookup('/gateway/operations', key, signal),
  settle(_, outcome) {
    if ('done' in outcome) return outcome.done === 'unwanted' ? {} : { command: { do: 'merchant-opened', merchant: outcome.done.id } };
    if ('refused' in outcome) return { command: { do: 'merchant-refused', detail: outcome.refused } };
    return outcome.givenUp ? { dead: true } : {};
  },
});
