import type { Database, Tx } from './database.js';

/**
 * How far a consumer has come in a stream: inbox, sequence guard, gap filler, retry, delay and dead letter in one row. What is between
 * `version` and `head` is known of and not yet handled.
 */
export interface Bookmark {
  readonly stream: string;
  readonly version: number;
  readonly head: number;
  /** Failures in a row; 0 after each success. */
  readonly attempts: number;
  /** Not to be handled now: it is dead, or waits for its next try. */
  readonly waits: boolean;
  /** Its time has come, be there news or not. */
  readonly due: boolean;
}

/** Takes note of how far the streams have come and locks their bookmarks, in the order of their names, until the transaction ends. */
export async function takeBookmarks(tx: Tx, consumer: string, heads: ReadonlyMap<string, number>): Promise<Bookmark[]> {
  tx.locks('bookmark');
  return tx.run<Bookmark & Record<string, unknown>>(
    'bookmarks-take',
    `INSERT INTO bookmarks (consumer, stream, head)
     SELECT $1, stream, head FROM unnest($2::text[], $3::int[]) AS t (stream, head) ORDER BY stream
     ON CONFLICT (consumer, stream) DO UPDATE SET head = greatest(bookmarks.head, excluded.head)
     RETURNING stream, version, head, attempts, coalesce(due <= now(), false) AS due,
       dead_at IS NOT NULL OR coalesce(error IS NOT NULL AND due > now(), false) AS waits`,
    [consumer, [...heads.keys()], [...heads.values()]],
  );
}

/** Takes note of how far the streams have come, for a consumer that rests: they are due, now or when a failure's pause is over. */
export async function noteNews(db: Database, consumer: string, heads: ReadonlyMap<string, number>): Promise<void> {
  if (heads.size === 0) return;
  await db.run(
    'bookmarks-note',
    `INSERT INTO bookmarks AS b (consumer, stream, head, due)
     SELECT $1, stream, head, now() FROM unnest($2::text[], $3::int[]) AS t (stream, head) ORDER BY stream
     ON CONFLICT (consumer, stream) DO UPDATE SET head = greatest(b.head, excluded.head),
       due = CASE WHEN b.error IS NULL THEN least(b.due, now()) ELSE b.due END
     WHERE b.version < excluded.head`,
    [consumer, [...heads.keys()], [...heads.values()]],
  );
}

/**
 * Which streams are due: for a failure's next try, or because the consumer wanted to look again. Asked each 250 ms at most: a table
 * polled each millisecond was measured to eat nine tenths of the database.
 */
export async function dueBookmarks(db: Database, consumer: string, most: number): Promise<ReadonlyMap<string, number>> {
  const rows = await db.run<{ stream: string; head: number }>(
    'bookmarks-due',
    'SELECT stream, head FROM bookmarks WHERE consumer = $1 AND due <= now() AND dead_at IS NULL ORDER BY due LIMIT $2',
    [consumer, most],
  );
  return new Map(rows.map((row) => [row.stream, row.head]));
}

/** Everything up to `version` is handled. `due`: look again then, news or no news. */
export async function moveBookmarks(
  tx: Tx,
  consumer: string,
  moves: readonly { stream: string; version: number; due?: string }[],
): Promise<void> {
  if (moves.length === 0) return;
  await tx.run(
    'bookmarks-move',
    // They are all there, locked by `takeBookmarks`; an upsert finds each by its key whatever the planner thinks of the table.
    `INSERT INTO bookmarks AS b (consumer, stream, version, head, due)
     SELECT $1, stream, version, version, due FROM unnest($2::text[], $3::int[], $4::timestamptz[]) AS t (stream, version, due) ORDER BY stream
     ON CONFLICT (consumer, stream) DO UPDATE SET version = excluded.version, head = greatest(b.head, excluded.head), attempts = 0,
       due = excluded.due, error = NULL, first_failed_at = NULL`,
    [consumer, moves.map((move) => move.stream), moves.map((move) => move.version), moves.map((move) => move.due ?? null)],
  );
}

/** Notes a failure. `retryInMs` null: it was the last try, and the bookmark is a dead letter from now on. `counts` false: waits without counting. */
export async function failBookmarks(
  tx: Tx,
  consumer: string,
  failures: readonly { stream: string; error: string; retryInMs: number | null; counts: boolean }[],
): Promise<void> {
  if (failures.length === 0) return;
  await tx.run(
    'bookmarks-fail',
    `UPDATE bookmarks b SET attempts = b.attempts + t.counts::int, error = t.error, first_failed_at = coalesce(b.first_failed_at, now()), last_failed_at = now(),
       due = now() + t.retry * interval '1 millisecond', dead_at = CASE WHEN t.retry IS NULL THEN now() END
     FROM unnest($2::text[], $3::text[], $4::float8[], $5::boolean[]) AS t (stream, error, retry, counts)
     WHERE b.consumer = $1 AND b.stream = ANY ($2) AND b.stream = t.stream`,
    [
      consumer,
      failures.map((f) => f.stream),
      failures.map((f) => f.error),
      failures.map((f) => f.retryInMs),
      failures.map((f) => f.counts),
    ],
  );
}
