import type { AccountCommand } from '#libs/account';
import { isRefusal } from '#libs/decider';
import { problem } from '#libs/host';
import { answerOnce, Overtaken, type Once } from '#libs/idempotency';
import { postgresEventStore, type Database } from '#libs/store';
import { accounts, decide } from '#libs/work';
import { foldAccount } from './callers.js';

export interface ChangedAccount {
  /** Which of its keys is good after it. */
  readonly keyNumber: number;
  /** Whether this very request was answered before. */
  readonly replayed: boolean;
}

/**
 * Renews the key of an account, or closes it; one that is closed stays so. What was opened for it outside is closed behind.
 * @throws {Problem} `not-found`, `account-state`; `unavailable` where a later build has opened it in a way that this one cannot read
 */
export async function changeAccount(
  db: Database,
  stream: string,
  command: Extract<AccountCommand, { do: 'renew-key' | 'close' }>,
  once?: Once,
): Promise<ChangedAccount> {
  const { answer, replayed } = await answerOnce<{ keyNumber: number }>(db, once, stream, async (tx, keep) => {
    const events = (await postgresEventStore.load(tx, [{ stream, after: 0 }])).get(stream);
    if (!events) throw problem('not-found');
    const at = new Date().toISOString();
    const state = foldAccount(events);
    if (state.status === 'none')
      throw problem('unavailable', { detail: 'Only a later build can read how this account was opened: ask again.' });
    const decided = decide(accounts, command, state);
    if (isRefusal(decided)) throw problem('account-state');
    const { keyNumber } = decided.reduce((was, event) => accounts.decider.evolve(was, event, at), state);
    await keep({ keyNumber });
    const [appended] = await postgresEventStore.append(tx, [
      { stream, expected: events.length, events: decided, meta: events[0]!.meta, at },
    ]);
    if (appended === 'conflict') throw new Overtaken();
    return { keyNumber };
  });
  return { ...answer, replayed };
}
