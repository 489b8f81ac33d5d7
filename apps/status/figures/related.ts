import type { Product } from '#libs/placing';
import type { Database } from '#libs/store';

const most = 10;

/**
 * What was bought together with a product, the most often first, as the last run of `related-products` has counted it.
 * @returns `undefined` if there is no such product
 */
export async function relatedTo(db: Pick<Database, 'run'>, sku: string): Promise<readonly (Product & { available: number })[] | undefined> {
  const [known] = await db.run('related-known', 'SELECT sku FROM products WHERE sku = $1', [sku]);
  if (!known) return undefined;
  const rows = await db.run<{ sku: string; name: string; price: number; currency: 'EUR'; available: number }>(
    'related',
    `SELECT p.sku, p.name, p.price, p.currency, s.available FROM related_products r JOIN products p ON p.sku = r.related JOIN stock s ON s.sku = p.sku
     WHERE r.run = (SELECT run FROM shown_runs WHERE job = 'related-products') AND r.sku = $1 ORDER BY r.orders DESC, p.place LIMIT ${most}`,
    [sku],
  );
  return rows.map(({ sku, name, price, currency, available }) => ({ sku, name, price: { amount: price, currency }, available }));
}
