import type { Money } from '#libs/order';
import type { Database } from '#libs/store';

export interface Sold {
  /** UTC. */
  readonly day: string;
  readonly sku: string;
  readonly quantity: number;
  readonly revenue: Money;
}

/** What was sold from one day to another, both included, as the last run of `sales-totals` has counted it. */
export async function salesOf(db: Pick<Database, 'run'>, from: string, to: string): Promise<readonly Sold[]> {
  const rows = await db.run<{ day: string; sku: string; quantity: number; revenue: number }>(
    'sales',
    `SELECT day::text, sku, quantity::float8, revenue::float8 FROM sales_totals
     WHERE run = (SELECT run FROM shown_runs WHERE job = 'sales-totals') AND day BETWEEN $1 AND $2 ORDER BY day, sku`,
    [from, to],
  );
  return rows.map(({ revenue, ...row }) => ({ ...row, revenue: { amount: revenue, currency: 'EUR' } }));
}
