import type { SealedOrder } from '#libs/imports';
import { findWrongPhotos, price } from '#libs/placing';
import type { Tx } from '#libs/store';
import type { Priced } from './place-orders.js';

export interface BadRow {
  readonly line: number;
  readonly reference: string | null;
  readonly reason: string;
}

interface Product {
  readonly sku: string;
  readonly name: string;
  readonly price: number;
  readonly currency: 'EUR';
}

/** What only the database knows, at the moment of placing: products with their prices, and photos. Asked once for all of them. */
export async function priceOrders(
  tx: Tx,
  orders: readonly SealedOrder[],
): Promise<readonly (Priced | { readonly bad: readonly BadRow[] })[]> {
  const lines = orders.flatMap((order) => order.lines);
  const skus = [...new Set(lines.map(({ sku }) => sku))];
  const rows = await tx.run<Product>('import-products', 'SELECT sku, name, price, currency FROM products WHERE sku = ANY ($1)', [skus]);
  const products = new Map(rows.map(({ sku, name, price, currency }) => [sku, { name, price: { amount: price, currency } }]));
  const wrongPhotos = await findWrongPhotos(
    tx,
    lines.map(({ photoId }) => photoId),
  );

  return orders.map((order) => {
    const bad = order.lines.flatMap(({ sku, photoId }, n): BadRow[] => {
      const blame = (reason: string): BadRow[] => [{ line: order.rowOf[n]!, reference: order.reference, reason }];
      if (!products.has(sku)) return blame('sku: There is no such product.');
      const wrong = photoId && wrongPhotos.get(photoId);
      return wrong ? blame(`photoId: ${wrong}`) : [];
    });
    if (bad.length > 0) return { bad };
    return { order, ...price(order.lines, products) };
  });
}
