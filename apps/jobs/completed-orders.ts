import type { Stored } from '#libs/decider';
import { readOrderEvent, type Line } from '#libs/order';
import type { Tx } from '#libs/store';
import { beforeAll as beforeAllOrders, nextOrders, type Walk } from './walk-orders.js';

export interface Walked extends Walk {
  /** Completed ones. */
  readonly orders: number;
}

export interface CompletedOrder {
  readonly lines: readonly Line[];
  /** RFC 3339, UTC. */
  readonly at: string;
}

export const beforeAll: Walked = { ...beforeAllOrders, orders: 0 };

/**
 * The next so many orders: those of them that are completed, with their lines.
 * @returns how far it has come, and 0 to 100 of the whole; `walked` is undefined when all orders have been seen
 */
export async function completedOrders(
  tx: Pick<Tx, 'run'>,
  { orders, ...so }: Walked,
  most: number,
): Promise<{ walked?: Walked; progress: number; completed: readonly CompletedOrder[] }> {
  const { walk, streams, progress } = await nextOrders(tx, so, most);
  if (!walk) return { progress, completed: [] };
  const facts = await tx.run<Stored & { stream: string; at: Date }>(
    'walk-completed',
    `SELECT e.* FROM unnest($1::text[]) AS wanted (stream) CROSS JOIN LATERAL (
       SELECT stream, type, data, meta, at FROM events WHERE stream = wanted.stream AND type IN ('OrderPlaced', 'OrderCompleted')) e`,
    [streams],
  );
  const lines = new Map<string, readonly Line[]>();
  const ends = new Map<string, Date>();
  for (const { stream, at, ...fact } of facts) {
    const event = readOrderEvent(fact);
    if (event?.type === 'OrderPlaced') lines.set(stream, event.data.lines);
    if (event?.type === 'OrderCompleted') ends.set(stream, at);
  }
  const completed = [...ends].map(([stream, at]) => ({ lines: lines.get(stream)!, at: at.toISOString() }));
  return { walked: { ...walk, orders: orders + completed.length }, progress, completed };
}
