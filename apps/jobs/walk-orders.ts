import { idOf, type Tx } from '#libs/store';

/** How far a walk over all orders has come. */
export interface Walk {
  /** The last stream seen. They are walked in the order of their names, never of events' positions: of those a lower one may be committed later. */
  readonly stream: string;
  /** Milliseconds since 1970: when the first order was placed. */
  readonly since?: number;
  /** Likewise: when the walk began, or where it ends. Measured by the clock as it goes on, its progress would fall. */
  readonly until?: number;
}

export const beforeAll: Walk = { stream: 'order:' };

/**
 * The next so many orders.
 * @param before the first stream that is none of them
 * @returns their streams, how far it has come, and 0 to 100 of the whole; `walk` is undefined when all orders have been seen
 */
export async function nextOrders(
  tx: Pick<Tx, 'run'>,
  { stream: after, since, until = Date.now() }: Walk,
  most: number,
  before = 'order;',
): Promise<{ walk?: Walk; streams: readonly string[]; progress: number }> {
  const page = await tx.run<{ stream: string }>(
    'walk-orders',
    'SELECT stream FROM events WHERE version = 1 AND stream > $1 AND stream < $2 ORDER BY stream LIMIT $3',
    [after, before, most],
  );
  if (page.length === 0) return { streams: [], progress: 100 };
  const streams = page.map(({ stream }) => stream);
  const last = streams.at(-1)!;
  const from = since ?? placedAt(streams[0]!);
  return {
    walk: { stream: last, since: from, until },
    streams,
    progress: Math.min(99, Math.max(0, ((placedAt(last) - from) / (until - from)) * 100)) || 0,
  };
}

/** A UUIDv7 begins with the milliseconds since 1970. */
const placedAt = (stream: string): number => parseInt(idOf(stream).replaceAll('-', '').slice(0, 12), 16);
