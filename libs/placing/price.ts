import type { Line, Money } from '#libs/order';

/** The lines with the names and prices of now, which are those the order keeps. Each `sku` is in `products`. */
export function price(
  lines: readonly Pick<Line, 'sku' | 'quantity' | 'photoId'>[],
  products: ReadonlyMap<string, { readonly name: string; readonly price: Money }>,
): { lines: Line[]; total: Money } {
  const priced = lines.map((line): Line => {
    const { name, price } = products.get(line.sku)!;
    return { ...line, name, unitPrice: price };
  });
  const amount = priced.reduce((sum, { unitPrice, quantity }) => sum + unitPrice.amount * quantity, 0);
  return { lines: priced, total: { amount, currency: 'EUR' } };
}
