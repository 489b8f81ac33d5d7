import { nextFor } from '#libs/account';
import { isRefusal } from '#libs/decider';
import { postgresEventStore, type Recorded, type Tx, type Write } from '#libs/store';
import { accounts, decide, fold, UnknownEvent } from '#libs/work';
import { firstIdOf } from '../first-id.js';
import { patienceMs } from './erase-orders.js';

const most = 200;
const dayMs = 24 * 60 * 60_000;

export interface ErasedAccounts {
  /** The last one looked at; undefined when all have been. */
  readonly last: string | undefined;
  readonly erased: number;
  /** Their time has come, and they are still owed something: that their merchant is closed, say. */
  readonly waiting: number;
}

/**
 * Erases whose accounts these were: the next of those that were closed or refused so many days ago, or whose erasure was asked for. One that is open
 * stays, however old it is. The rows go with the fact, in one transaction.
 * @param days `undefined`: only those that were asked for
 */
export async function eraseAccounts(tx: Tx, after: string, days: number | undefined): Promise<ErasedAccounts> {
  const page = await tx.run<{ stream: string; asked: boolean; owed: boolean }>(
    'accounts-next',
    // Where it was given up, the bank may have opened a merchant all the same: an operator asks once more.
    `SELECT stream, asked, EXISTS (SELECT FROM effects WHERE key > p.stream || ':' AND key < p.stream || ';'
       AND (state = 'open' OR state = 'dead' AND kind = 'open-merchant')) AS owed
     FROM (SELECT stream, coalesce(bool_or(delete_after <= now()), false) AS asked FROM personal
       WHERE stream > $1 AND stream < 'account;' AND (stream < $2 OR delete_after <= now()) GROUP BY stream ORDER BY stream LIMIT $3) p ORDER BY stream`,
    [after, days === undefined ? 'account:' : `account:${firstIdOf(days)}`, most],
  );
  const loaded = await postgresEventStore.load(
    tx,
    page.map(({ stream }) => ({ stream, after: 0 })),
  );
  const now = Date.now();
  const at = new Date(now).toISOString();
  const writes: Write[] = [];
  let waiting = 0;
  for (const { stream, asked, owed } of page) {
    const endedBefore = asked ? now : now - days! * dayMs;
    const recorded = loaded.get(stream) ?? [];
    const end = recorded.findLast(({ type }) => type === 'AccountClosed' || type === 'AccountRefused');
    if (!end || Date.parse(end.at) > endedBefore) continue;
    const late = endedBefore - Date.parse(end.at) > patienceMs;
    const events = late || !owed ? erasing(recorded, late) : undefined;
    if (events) writes.push({ stream, expected: recorded.length, events, meta: recorded[0]!.meta, at });
    else waiting += 1;
  }
  const answers = await postgresEventStore.append(tx, writes);
  const done = writes.filter((_, n) => answers[n] === 'ok').map(({ stream }) => stream);
  await tx.run('accounts-erase', 'DELETE FROM personal WHERE stream = ANY ($1)', [done]);
  return { last: page.at(-1)?.stream, erased: done.length, waiting: waiting + writes.length - done.length };
}

/** `undefined`: it is owed something, or an event of a later build stands in it, which may owe it what this one does not know. */
function erasing(recorded: readonly Recorded[], late: boolean): Write['events'] | undefined {
  try {
    const state = fold(accounts, recorded);
    const decided = decide(accounts, { do: 'erase' }, state);
    return isRefusal(decided) || (!late && nextFor(state)) ? undefined : decided;
  } catch (error) {
    if (error instanceof UnknownEvent) return undefined;
    throw error;
  }
}
