import type { Tx } from '#libs/store';
import type { Job } from '#libs/work';
import { z } from 'zod';
import { beforeAll, completedOrders, type CompletedOrder, type Walked } from './completed-orders.js';
import { showFigures } from './show-figures.js';

const most = 500;

/**
 * What was sold, by the UTC day of an order's completion and by product. Each run counts all over again from the streams: whatever has been added
 * to a day since is in it then, once. It cannot go on from where the last one was: an order may complete long after all that were placed behind
 * it, and there is no position over all streams that one could remember (docs/decisions/0010).
 */
export const salesTotals = (): Job<Record<string, never>, Walked> => ({
  name: 'sales-totals',
  description: 'Adds up what was sold on each day, by product.',
  input: z.strictObject({}),
  schedule: '0 2 * * *',
  overlap: 'skip',
  missed: 'once',
  singleton: true,
  stoppingWaitSeconds: 10,
  start: () => beforeAll,
  async step(tx, checkpoint, { id }) {
    const { walked, progress, completed } = await completedOrders(tx, checkpoint, most);
    await add(tx, id, completed);
    if (walked) return { next: walked, progress };
    await showFigures(tx, 'sales-totals', id, 'sales_totals');
    return { result: { orders: checkpoint.orders } };
  },
});

async function add(tx: Tx, run: string, orders: readonly CompletedOrder[]): Promise<void> {
  const sums = new Map<string, { day: string; sku: string; quantity: number; revenue: number }>();
  for (const { at, lines } of orders) {
    const day = at.slice(0, 10);
    for (const { sku, quantity, unitPrice } of lines) {
      const sum = sums.get(`${day}\n${sku}`) ?? { day, sku, quantity: 0, revenue: 0 };
      sums.set(`${day}\n${sku}`, { ...sum, quantity: sum.quantity + quantity, revenue: sum.revenue + quantity * unitPrice.amount });
    }
  }
  if (sums.size === 0) return;
  const rows = [...sums.values()];
  await tx.run(
    'sales-add',
    `INSERT INTO sales_totals AS t (run, day, sku, quantity, revenue)
     SELECT $1, * FROM unnest($2::date[], $3::text[], $4::bigint[], $5::bigint[])
     ON CONFLICT (run, day, sku) DO UPDATE SET quantity = t.quantity + excluded.quantity, revenue = t.revenue + excluded.revenue`,
    [run, rows.map(({ day }) => day), rows.map(({ sku }) => sku), rows.map(({ quantity }) => quantity), rows.map(({ revenue }) => revenue)],
  );
}
