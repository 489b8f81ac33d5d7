import type { Database } from './database.js';
import { outboxAge } from './outbox.js';

/** Counts for whoever watches the shop as a whole. What has ended is not counted: it would have to be read. */
export interface Figures {
  readonly outbox: { readonly count: number; readonly oldestSeconds: number; readonly parked: number };
  /** `waiting` for their time or for somebody, `claimed`, or given up. */
  readonly effects: readonly { readonly kind: string; readonly state: 'waiting' | 'claimed' | 'dead'; readonly count: number }[];
  /** Streams that are due for a consumer, or that wait for their next try. */
  readonly retrying: readonly { readonly consumer: string; readonly count: number }[];
  /** By consumer, or by kind of effect. */
  readonly dead: readonly { readonly consumer: string; readonly count: number }[];
}

/** By statements that read what is open, and no more. */
export async function readFigures(db: Database): Promise<Figures> {
  const [outbox, effects, retrying, bookmarks] = await Promise.all([
    outboxAge(db),
    db.run<Figures['effects'][number] & Record<string, unknown>>(
      'figures-effects',
      `SELECT kind, CASE WHEN claimed_until > now() THEN 'claimed' ELSE 'waiting' END AS state, count(*)::int AS count
         FROM effects WHERE state = 'open' GROUP BY 1, 2
       UNION ALL SELECT kind, 'dead', count(*)::int FROM effects WHERE state = 'dead' GROUP BY kind`,
      [],
    ),
    db.run<{ consumer: string; count: number }>(
      'figures-retrying',
      'SELECT consumer, count(*)::int AS count FROM bookmarks WHERE due IS NOT NULL AND dead_at IS NULL AND error IS NOT NULL GROUP BY consumer',
      [],
    ),
    db.run<{ consumer: string; count: number }>(
      'figures-dead',
      'SELECT consumer, count(*)::int AS count FROM bookmarks WHERE dead_at IS NOT NULL GROUP BY consumer',
      [],
    ),
  ]);
  const dead = [...bookmarks, ...effects.filter(({ state }) => state === 'dead').map(({ kind, count }) => ({ consumer: kind, count }))];
  return { outbox, effects, retrying, dead };
}
