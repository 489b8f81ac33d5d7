import type { Money } from '#libs/order';
import type { Database } from '#libs/store';

export interface Product {
  readonly sku: string;
  readonly name: string;
  readonly price: Money;
}

/** The catalogue, read again each minute: prices are those of the moment of ordering, give or take that minute. */
export class Catalogue {
  private read?: { until: number; products: Promise<ReadonlyMap<string, Product>> };

  constructor(private readonly db: Database) {}

  bySku(): Promise<ReadonlyMap<string, Product>> {
    if (!this.read || this.read.until < Date.now()) {
      const products = this.list().then((items) => new Map(items.map(({ available: _, ...product }) => [product.sku, product])));
      products.catch(() => (this.read = undefined));
      this.read = { until: Date.now() + 60_000, products };
    }
    return this.read.products;
  }

  async list(): Promise<(Product & { available: number })[]> {
    const rows = await this.db.run<{ sku: string; name: string; price: number; currency: 'EUR'; available: number }>(
      'products',
      'SELECT sku, name, price, currency, available FROM products JOIN stock USING (sku) ORDER BY place',
      [],
    );
    return rows.map(({ sku, name, price, currency, available }) => ({ sku, name, price: { amount: price, currency }, available }));
  }
}
