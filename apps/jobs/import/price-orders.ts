import type { SealedOrder } from '#libs/imports';
import type { Line } from '#libs/order';
import { whyNoPrint } from '#libs/photo';
import { postgresEventStore, type Tx } from '#libs/store';
import { fold, photos } from '#libs/work';
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
  const products = new Map(rows.map((product) => [product.sku, product]));
  const wrongPhotos = await findWrongPhotos(tx, new Set(lines.flatMap(({ photoId }) => photoId ?? [])));

  return orders.map((order) => {
    const bad = order.lines.flatMap(({ sku, photoId }, n): BadRow[] => {
      const blame = (reason: string): BadRow[] => [{ line: order.rowOf[n]!, reference: order.reference, reason }];
      if (!products.has(sku)) return blame('sku: There is no such product.');
      const wrong = photoId && wrongPhotos.get(photoId);
      return wrong ? blame(`photoId: ${wrong}`) : [];
    });
    if (bad.length > 0) return { bad };
    const priced = order.lines.map((line): Line => {
      const { name, price, currency } = products.get(line.sku)!;
      return { ...line, name, unitPrice: { amount: price, currency } };
    });
    const amount = priced.reduce((sum, { unitPrice, quantity }) => sum + unitPrice.amount * quantity, 0);
    return { order, lines: priced, total: { amount, currency: 'EUR' } };
  });
}

async function findWrongPhotos(tx: Tx, wanted: ReadonlySet<string>): Promise<ReadonlyMap<string, string>> {
  if (wanted.size === 0) return new Map();
  const streams = [...wanted].map((id) => ({ stream: `photo:${id}`, after: 0 }));
  const found = await postgresEventStore.load(tx, streams);
  return new Map(
    [...wanted].flatMap((id): [string, string][] => {
      const why = whyNoPrint(fold(photos, found.get(`photo:${id}`) ?? []));
      return why === undefined ? [] : [[id, why]];
    }),
  );
}
