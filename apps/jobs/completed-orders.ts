import { readOrderEvent, type Line } from '#libs/order';
import { idOf, type Tx } from '#libs/store';

/** How far a walk over all orders has come. */
export interface Walked {
  /** The last stream seen. They are walked in the order of their names, never of events' positions: of those a lower one may be committed later. */
  readonly stream: string;
  /** Milliseconds since 1970: when the first order was placed. */
  readonly since?: number;
  /** Likewise: when the walk began. Measured by the clock as it goes on, its progress would fall. */
  readonly until?: number;
  /** Completed ones. */
  readonly orders: number;
}

export interface CompletedOrder {
  readonly lines: readonly Line[];
  /** RFC 3339, UTC. */
  readonly at: string;
}

export const beforeAll: Walked = { stream: 'order:', orders: 0 };

/**
 * The next so many orders: those of them that are completed, with their lines.
 * @returns how far it has come, and 0 to 100 of the whole; `walked` is undefined when all orders have been seen
 */
export async function completedOrders(
  tx: Pick<Tx, 'run'>,
  { stream: after, since, until = Date.now(), orders }: Walked,
  most: number,
): Promise<{ walked?: Walked; progress: number; completed: readonly CompletedOrder[] }> {
  const page = await tx.run<{ stream: string }>(
    'walk-orders',
    `SELECT stream FROM events WHERE version = 1 AND stream > $1 AND stream < 'order;' ORDER BY stream LIMIT $2`,
    [after, most],
  );
  if (page.length === 0) return { progress: 100, completed: [] };
  const streams = page.map(({ stream }) => stream);
  const facts = await tx.run<{ stream: string; type: string; data: unknown; at: Date }>(
    'walk-completed',
    `SELECT e.* FROM unnest($1::text[]) AS wanted (stream) CROSS JOIN LATERAL (
       SELECT stream, type, data, at FROM events WHERE stream = wanted.stream AND type IN ('OrderPlaced', 'OrderCompleted')) e`,
    [streams],
  );
  const lines = new Map<string, readonly Line[]>();
  const ends = new Map<string, Date>();
  for (const { stream, type, data, at } of facts) {
    const event = readOrderEvent(type, data);
    if (event?.type === 'OrderPlaced') lines.set(stream, event.data.lines);
    if (event?.type === 'OrderCompleted') ends.set(stream, at);
  }
  const completed = [...ends].map(([stream, at]) => ({ lines: lines.get(stream)!, at: at.toISOString() }));
  const last = streams.at(-1)!;
  const from = since ?? placedAt(streams[0]!);
  return {
    walked: { stream: last, since: from, until, orders: orders + completed.length },
    progress: Math.min(99, Math.max(0, ((placedAt(last) - from) / (until - from)) * 100)) || 0,
    completed,
  };
}

/** A UUIDv7 begins with the milliseconds since 1970. */
const placedAt = (stream: string): number => parseInt(idOf(stream).replaceAll('-', '').slice(0, 12), 16);
