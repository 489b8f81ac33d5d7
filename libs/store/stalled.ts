import type { Database } from './database.js';

/** What nobody has taken up in time, and what waits for an operator. Counts. */
export interface Stalled {
  /** Streams that have been due for a consumer for longer than they should. */
  readonly overdueStreams: number;
  /** Effects that nobody has claimed, or whose claim has run out, for longer than they should. */
  readonly overdueEffects: number;
  /** Streams and effects that were given up. */
  readonly deadLetters: number;
  /** Streams whose news the broker will never take. */
  readonly parked: number;
}

/**
 * What waits for a role that an operator has paused is no stall.
 * @param afterSeconds how long something may be due before it counts as overdue
 */
export async function stalled(db: Pick<Database, 'run'>, afterSeconds: number): Promise<Stalled> {
  const [row] = await db.run<{ streams: number; effects: number; dead: number; parked: number }>(
    'stalled',
    `SELECT
       (SELECT count(*)::int FROM bookmarks WHERE due < now() - $1 * interval '1 second' AND dead_at IS NULL
         AND consumer <> ALL (ARRAY (SELECT unnest(consumers) FROM workers WHERE paused_at IS NOT NULL))) AS streams,
       (SELECT count(*)::int FROM effects WHERE state = 'open' AND coalesce(claimed_until, due) < now() - $1 * interval '1 second'
         AND kind <> ALL (ARRAY (SELECT unnest(effects) FROM workers WHERE paused_at IS NOT NULL))) AS effects,
       (SELECT count(*)::int FROM bookmarks WHERE dead_at IS NOT NULL) + (SELECT count(*)::int FROM effects WHERE state = 'dead') AS dead,
       (SELECT count(*)::int FROM parked) AS parked`,
    [afterSeconds],
  );
  return { overdueStreams: row!.streams, overdueEffects: row!.effects, deadLetters: row!.dead, parked: row!.parked };
}
