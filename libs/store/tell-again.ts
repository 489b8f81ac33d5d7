import { setTimeout as sleep } from 'node:timers/promises';
import type { Database, Tx } from './database.js';
import { outboxAge } from './outbox.js';

export interface Told {
  readonly streams: number;
  readonly news: number;
}

/** Before the outbox has grown longer, the next are not told of: what happens meanwhile does not wait for what happened long ago. */
const mostWaiting = 20_000;
const page = 500;

/**
 * Puts the news of all streams back into the outbox, in the order of their names, and of each in the order of its versions. All of them: a
 * consumer hears of the types it knows, so the last one alone might tell nobody. It does no harm at any time: bookmarks say what is done.
 * @param options.since RFC 3339: only what has happened from then on
 * @param options.told hears after each page how many there have been
 * @returns with `done: false` where `signal` has come before the last
 */
export async function tellAll(
  db: Database,
  { since, signal, told }: { since?: string; signal?: AbortSignal; told?: (sofar: Told) => void } = {},
): Promise<Told & { readonly done: boolean }> {
  let [streams, news] = [0, 0];
  for (let after = ''; !signal?.aborted;) {
    const rows = await db.run<{ stream: string }>(
      'tell-page',
      'SELECT stream FROM events WHERE version = 1 AND stream > $1 ORDER BY stream LIMIT $2',
      [after, page],
    );
    if (rows.length === 0) return { streams, news, done: true };
    const next = rows.map(({ stream }) => stream);
    after = next.at(-1)!;
    streams += next.length;
    news += await tell(db, next, since);
    told?.({ streams, news });
    while (!signal?.aborted && (await outboxAge(db)).count > mostWaiting) await sleep(200, undefined, { signal }).catch(() => {});
  }
  return { streams, news, done: false };
}

/** The same for these streams. @returns how many news there are */
export async function tell(db: Pick<Tx, 'run'>, streams: readonly string[], since?: string): Promise<number> {
  const told = await db.run(
    'tell-again',
    `INSERT INTO outbox (lane, stream, version)
     SELECT e.meta ->> 'lane', e.stream, e.version FROM unnest($1::text[]) AS w (stream)
     CROSS JOIN LATERAL (SELECT * FROM events WHERE stream = w.stream AND at >= $2 ORDER BY version LIMIT 1000000) e
     ORDER BY e.stream, e.version RETURNING 1 AS told`,
    [streams, since ?? '-infinity'],
  );
  return told.length;
}
