import { isRefusal } from '#libs/decider';
import { postgresEventStore, type Recorded, type Tx, type Write } from '#libs/store';
import { accounts, decide, fold, UnknownEvent } from '#libs/work';
import { firstIdOf } from '../first-id.js';

const most = 200;
const dayMs = 24 * 60 * 60_000;

/**
 * Erases whose accounts these were: the next of those that were closed or refused so many days ago, and for which nothing is left to be done. One
 * that is open stays, however old it is. The rows go with the fact, in one transaction.
 * @returns the last one looked at; undefined when all have been
 */
export async function eraseAccounts(tx: Tx, after: string, days: number): Promise<{ last: string | undefined; erased: number }> {
  const page = await tx.run<{ stream: string; owed: boolean }>(
    'accounts-next',
    `SELECT stream, EXISTS (SELECT FROM effects WHERE key > p.stream || ':' AND key < p.stream || ';' AND state = 'open') AS owed
     FROM (SELECT DISTINCT stream FROM personal WHERE stream > $1 AND stream < $2 ORDER BY stream LIMIT $3) p ORDER BY stream`,
    [after, `account:${firstIdOf(days)}`, most],
  );
  const loaded = await postgresEventStore.load(
    tx,
    page.filter(({ owed }) => !owed).map(({ stream }) => ({ stream, after: 0 })),
  );
  const at = new Date().toISOString();
  const endedBefore = new Date(Date.now() - days * dayMs).toISOString();
  const writes: Write[] = [];
  for (const [stream, recorded] of loaded) {
    const events = erasing(recorded, endedBefore);
    if (events.length > 0) writes.push({ stream, expected: recorded.length, events, meta: recorded[0]!.meta, at });
  }
  const answers = await postgresEventStore.append(tx, writes);
  const done = writes.filter((_, n) => answers[n] === 'ok').map(({ stream }) => stream);
  await tx.run('accounts-erase', 'DELETE FROM personal WHERE stream = ANY ($1)', [done]);
  return { last: page.at(-1)?.stream, erased: done.length };
}

/** Nothing where it is open or ended later, or has an event of a later build: that one may know what it is owed. */
function erasing(recorded: readonly Recorded[], endedBefore: string): Write['events'] {
  try {
    const state = fold(accounts, recorded);
    const decided = decide(accounts, { do: 'erase' }, state);
    return isRefusal(decided) || state.endedAt === null || state.endedAt > endedBefore ? [] : decided;
  } catch (error) {
    if (error instanceof UnknownEvent) return [];
    throw error;
  }
}
