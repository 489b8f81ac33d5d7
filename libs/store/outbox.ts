import type { Lane, News } from '#libs/bus';
import type { Database } from './database.js';
import type { EventRow } from './load.js';

export interface Outgoing {
  readonly id: string;
  /** Its data as it was written. */
  readonly news: News;
  /** As its stream's `Meta` has it. */
  readonly awaited: boolean;
  readonly webhook: boolean;
  readonly shape: number | undefined;
}

/**
 * What is to be published next in a lane, oldest first, without what is on its way already and what is parked.
 * @param kinds of streams that somebody here publishes; another, which only a later build knows, waits for that one's relay, and nobody waits for it
 */
export async function readOutbox(
  db: Database,
  lane: Lane,
  { kinds, onTheWay = [], most }: { kinds: readonly string[]; onTheWay?: readonly string[]; most: number },
): Promise<Outgoing[]> {
  const rows = await db.run<EventRow & { id: string } & Record<string, unknown>>(
    'outbox-read',
    `SELECT o.id, e.stream, e.version, e.type, e.data, e.meta, e.at FROM (
       SELECT * FROM outbox o WHERE lane = $1 AND id NOT IN (SELECT unnest($2::bigint[])) AND NOT EXISTS (SELECT FROM parked p WHERE p.stream = o.stream)
         AND split_part(o.stream, ':', 1) = ANY ($4)
       ORDER BY id LIMIT $3
     ) o CROSS JOIN LATERAL (SELECT * FROM events WHERE stream = o.stream AND version = o.version LIMIT 1) e ORDER BY o.id`,
    [lane, onTheWay, most, kinds],
  );
  return rows.map(({ id, stream, version, type, data, meta, at }) => ({
    id,
    awaited: meta.awaited === true,
    webhook: meta.webhook === true,
    shape: meta.shape,
    news: {
      id: `${stream}/${version}`,
      stream,
      version,
      type,
      data,
      lane,
      at: at.toISOString(),
      correlation: meta.correlation,
      traceparent: meta.traceparent,
    },
  }));
}

/** Forgets what the broker has. Does nothing, and says so, if the lease has passed to another relay meanwhile: a zombie deletes nothing. */
export async function forget(db: Database, lane: Lane, ids: readonly string[], lease: { name: string; epoch: string }): Promise<boolean> {
  const [row] = await db.run<{ held: boolean }>(
    'outbox-forget',
    `WITH mine AS (SELECT FROM leases WHERE name = $2 AND epoch = $3 AND until > now() FOR SHARE),
     gone AS (DELETE FROM outbox WHERE lane = $4 AND id = ANY ($1::bigint[]) AND EXISTS (SELECT FROM mine))
     SELECT EXISTS (SELECT FROM mine) AS held`,
    [ids, lease.name, lease.epoch, lane],
  );
  return row?.held ?? false;
}

/** The broker will never take this: its stream waits for an operator, and no other stream waits for it. */
export async function park(db: Database, stream: string, error: string): Promise<void> {
  await db.run(
    'outbox-park',
    'INSERT INTO parked (stream, error) VALUES ($1, $2) ON CONFLICT (stream) DO UPDATE SET error = excluded.error',
    [stream, error],
  );
}

/** How much waits to be published, and for how many seconds the oldest of it. What is parked waits for an operator, and counts by itself. */
export async function outboxAge(db: Database): Promise<{ count: number; oldestSeconds: number; parked: number }> {
  const [row] = await db.run<{ count: number; oldest: number; parked: number }>(
    'outbox-age',
    `SELECT (SELECT count(*)::int FROM outbox) AS count, (SELECT count(*)::int FROM parked) AS parked,
       coalesce((SELECT extract(epoch FROM now() - e.at)::float8 FROM (
           SELECT * FROM outbox o WHERE NOT EXISTS (SELECT FROM parked p WHERE p.stream = o.stream) ORDER BY id LIMIT 1) o
         CROSS JOIN LATERAL (SELECT at FROM events WHERE stream = o.stream AND version = o.version LIMIT 1) e), 0) AS oldest`,
    [],
  );
  return { count: row!.count, oldestSeconds: Math.max(0, row!.oldest), parked: row!.parked };
}
