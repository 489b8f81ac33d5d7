import { isRefusal } from '#libs/decider';
import { problem } from '#libs/host';
import { answerOnce, Overtaken, type Once } from '#libs/idempotency';
import { postgresEventStore, type Database } from '#libs/store';
import { accounts, decide, fold } from '#libs/work';

/**
 * Closes an account; one that is closed stays so. What was opened for it outside is closed behind.
 * @returns whether this very request was answered before
 * @throws {Problem} `not-found`
 */
export async function closeAccount(db: Database, stream: string, once?: Once): Promise<{ replayed: boolean }> {
  const { replayed } = await answerOnce<object>(db, once, stream, async (tx, keep) => {
    const events = (await postgresEventStore.load(tx, [{ stream, after: 0 }])).get(stream);
    if (!events) throw problem('not-found');
    await keep({});
    const decided = decide(accounts, { do: 'close' }, fold(accounts, events));
    if (isRefusal(decided)) throw problem('not-found');
    const [appended] = await postgresEventStore.append(tx, [
      { stream, expected: events.length, events: decided, meta: events[0]!.meta, at: new Date().toISOString() },
    ]);
    if (appended === 'conflict') throw new Overtaken();
    return {};
  });
  return { replayed };
}
