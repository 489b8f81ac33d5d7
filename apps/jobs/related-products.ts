import type { Tx } from '#libs/store';
import type { Job } from '#libs/work';
import { z } from 'zod';
import { beforeAll, completedOrders, type CompletedOrder, type Walked } from './completed-orders.js';
import { showFigures } from './show-figures.js';

const most = 500;

/** What was bought together: of each two products, in how many completed orders both stand. Each run counts all over again, as `sales-totals` does. */
export const relatedProducts = (): Job<Record<string, never>, Walked> => ({
  name: 'related-products',
  description: 'Finds out which products are bought together.',
  input: z.strictObject({}),
  schedule: '30 2 * * *',
  overlap: 'skip',
  missed: 'once',
  singleton: true,
  stoppingWaitSeconds: 10,
  start: () => beforeAll,
  async step(tx, checkpoint, { id }) {
    const { walked, progress, completed } = await completedOrders(tx, checkpoint, most);
    await add(tx, id, completed);
    if (walked) return { next: walked, progress };
    await showFigures(tx, 'related-products', id, 'related_products');
    return { result: { orders: checkpoint.orders } };
  },
});

async function add(tx: Tx, run: string, orders: readonly CompletedOrder[]): Promise<void> {
  const pairs = new Map<string, { sku: string; related: string; orders: number }>();
  for (const { lines } of orders) {
    const skus = [...new Set(lines.map(({ sku }) => sku))];
    for (const sku of skus) {
      for (const related of skus) {
        if (sku === related) continue;
        const pair = pairs.get(`${sku}\n${related}`);
        pairs.set(`${sku}\n${related}`, { sku, related, orders: (pair?.orders ?? 0) + 1 });
      }
    }
  }
  if (pairs.size === 0) return;
  const rows = [...pairs.values()];
  await tx.run(
    'related-add',
    `INSERT INTO related_products AS t (run, sku, related, orders) SELECT $1, * FROM unnest($2::text[], $3::text[], $4::int[])
     ON CONFLICT (run, sku, related) DO UPDATE SET orders = t.orders + excluded.orders`,
    [run, rows.map(({ sku }) => sku), rows.map(({ related }) => related), rows.map(({ orders }) => orders)],
  );
}
