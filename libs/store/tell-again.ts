import type { Database, Tx } from './database.js';

export interface ToldAgain {
  /** The last of these streams: the next ones are behind it. */
  readonly after: string;
  readonly streams: number;
  readonly news: number;
}

/**
 * Puts the news of the next streams back into the outbox, in the order of their names, and of each in the order of its versions. All of them:
 * a consumer hears of the types it knows, so the last one alone might tell nobody.
 * @param since RFC 3339: only what has happened from then on
 * @returns undefined when all streams have been seen
 */
export async function tellAgain(db: Database, after: string, most: number, since?: string): Promise<ToldAgain | undefined> {
  const page = await db.run<{ stream: string }>(
    'tell-page',
    'SELECT stream FROM events WHERE version = 1 AND stream > $1 ORDER BY stream LIMIT $2',
    [after, most],
  );
  if (page.length === 0) return undefined;
  const streams = page.map(({ stream }) => stream);
  return { after: streams.at(-1)!, streams: streams.length, news: await tell(db, streams, since) };
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
