import type { Database } from '#libs/store';
import { batcher } from '#libs/work';

/** One call, whatever became of it. */
export interface Try {
  readonly stream: string;
  readonly version: number;
  readonly status: string;
  readonly attempt: number;
  readonly at: string;
}

export interface TryEnd extends Try {
  readonly code?: number;
  readonly error?: string;
}

/**
 * Writes down each try before it is made, and its end after it: of one whose process has died in between it stays known that it was made, and that
 * nobody knows how it ended. All that come together go in one statement.
 */
export function makeTries(db: Database): { begin(one: Try): Promise<void>; end(one: TryEnd): Promise<void> } {
  const begin = async (some: readonly Try[]): Promise<void> => {
    await db.run(
      'webhook-begin',
      `INSERT INTO webhook_tries (stream, version, status, attempt, at)
       SELECT * FROM unnest($1::text[], $2::int[], $3::text[], $4::int[], $5::timestamptz[]) ON CONFLICT DO NOTHING`,
      [some.map((t) => t.stream), some.map((t) => t.version), some.map((t) => t.status), some.map((t) => t.attempt), some.map((t) => t.at)],
    );
  };
  const end = async (some: readonly TryEnd[]): Promise<void> => {
    await db.run(
      'webhook-end',
      `INSERT INTO webhook_tries (stream, version, status, attempt, at, code, error)
       SELECT * FROM unnest($1::text[], $2::int[], $3::text[], $4::int[], $5::timestamptz[], $6::int[], $7::text[])
       ON CONFLICT (stream, version, attempt, at) DO UPDATE SET code = excluded.code, error = excluded.error`,
      [
        some.map((t) => t.stream),
        some.map((t) => t.version),
        some.map((t) => t.status),
        some.map((t) => t.attempt),
        some.map((t) => t.at),
        some.map((t) => t.code ?? null),
        some.map((t) => t.error ?? null),
      ],
    );
  };
  return { begin: batcher(begin, { most: 200, atOnce: 1 }), end: batcher(end, { most: 200, atOnce: 1 }) };
}
