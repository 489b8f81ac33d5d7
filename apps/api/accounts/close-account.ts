import { isRefusal } from '#libs/decider';
import { problem } from '#libs/host';
import { answerOnce, Overtaken, type Once } from '#libs/idempotency';
import { postgresEventStore, type Database } from '#libs/store';
import { accounts, decide } from '#libs/work';
import { foldAccount } from './callers.js';

/**
 * Closes an account; one that is closed stays so. What was opened for it outside is closed behind.
 * @returns whether this very request was answered before
 * @throws {Problem} `not-found`; `unavailable` where a later build has opened it in a way that this one cannot read
 */
export async function closeAccount(db: Database, stream: string, once?: Once): Promise<{ replayed: boolean }> {
  const { replayed } = await answerOnce<object>(db, once, stream, async (tx, keep) => {
    const events = (await postgresEventStore.load(tx, [{ stream, after: 0 }])).get(stream);
    if (!events) throw problem('not-found');
    await keep({});
    const decided = decide(accounts, { do: 'close' }, foldAccount(events));
    if (isRefusal(decided)) throw problem('unavailable', { detail: 'Only a later build can read how this account was opened: ask again.' });
    const [appended] = await postgresEventStore.append(tx, [
      { stream, expected: events.length, events: decided, meta: events[0]!.meta, at: new Date().toISOString() },
    ]);
    if (appended === 'conflict') throw new Overtaken();
    return {};
  });
  return { replayed };
}
