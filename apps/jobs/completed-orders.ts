import type { Line } from '#libs/order';
import type { Tx } from '#libs/store';
import { beforeAll as beforeAllOrders, nextOrders, type Walk } from './walk-orders.js';
import { whatBecame } from './what-became.js';

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
  const completed = (await whatBecame(tx, streams)).flatMap(({ lines, events }) => {
    const end = events.find(({ event }) => event.type === 'OrderCompleted');
    return end ? [{ lines, at: end.at.toISOString() }] : [];
  });
  return { walked: { ...walk, orders: orders + completed.length }, progress, completed };
}
