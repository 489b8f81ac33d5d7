import { isNext, type Order } from '#libs/order';
import type { Tx } from '#libs/store';

/** Taken, or the first article of which there was not enough. */
export type StockAnswer = { readonly taken: true } | { readonly short: string; readonly detail: string };

interface Wanted {
  readonly stream: string;
  readonly quantities: ReadonlyMap<string, number>;
}

/** Pieces by article. */
export type Shelf = ReadonlyMap<string, number>;

/**
 * Locks every article that the orders of a batch may take or give back before it is over, sorted, in one statement: two batches that took
 * first and gave back later would wait for each other. An order that waits for its photos may reserve in the batch's next turn.
 */
export async function lockStock(tx: Tx, states: ReadonlyMap<string, Order>): Promise<Shelf> {
  const skus = wants(states, ({ ended, failing, steps }) => !ended && steps.reserve === (failing ? 'done' : 'open')).flatMap(
    ({ quantities }) => [...quantities.keys()],
  );
  if (skus.length === 0) return new Map();
  tx.locks('stock');
  const rows = await tx.run<{ sku: string; available: number }>(
    'stock-lock',
    'SELECT sku, available FROM stock WHERE sku = ANY ($1) ORDER BY sku FOR NO KEY UPDATE',
    [[...new Set(skus)]],
  );
  return new Map(rows.map(({ sku, available }) => [sku, available]));
}

/** Takes what the orders of a batch want, first come first served in the order of their ids, off a shelf that is locked. Rolled back with the batch. */
export async function takeStock(tx: Tx, states: ReadonlyMap<string, Order>, shelf: Shelf): Promise<ReadonlyMap<string, StockAnswer>> {
  const wanted = wants(states, (order) => isNext(order, { take: 'reserve' }));
  if (wanted.length === 0) return new Map();
  const left = new Map(shelf);
  const answers = new Map<string, StockAnswer>();
  const served = wanted.filter(({ stream, quantities }) => {
    const short = [...quantities].find(([sku, quantity]) => quantity > (left.get(sku) ?? 0));
    answers.set(
      stream,
      short ? { short: short[0], detail: `${short[1]} of ${short[0]} are wanted, ${left.get(short[0]) ?? 0} are there.` } : { taken: true },
    );
    if (!short) for (const [sku, quantity] of quantities) left.set(sku, left.get(sku)! - quantity);
    return !short;
  });
  await move(tx, 'reserve', served, -1);
  return answers;
}

/** Gives back what the orders of a batch had taken and will not need; its shelf is locked too. @returns whose */
export async function returnStock(tx: Tx, states: ReadonlyMap<string, Order>): Promise<ReadonlySet<string>> {
  const wanted = wants(states, (order) => isNext(order, { undo: 'release' }));
  await move(tx, 'release', wanted, 1);
  return new Set(wanted.map(({ stream }) => stream));
}

function wants(states: ReadonlyMap<string, Order>, which: (order: Order) => boolean): Wanted[] {
  return [...states]
    .filter(([, order]) => which(order))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([stream, order]) => {
      const quantities = new Map<string, number>();
      for (const { sku, quantity } of order.lines) quantities.set(sku, (quantities.get(sku) ?? 0) + quantity);
      return { stream, quantities };
    });
}

/** Books each movement; one that is booked already (the order came twice) moves nothing. */
async function move(tx: Tx, kind: 'reserve' | 'release', wanted: readonly Wanted[], sign: 1 | -1): Promise<void> {
  const rows = wanted.flatMap(({ stream, quantities }) =>
    [...quantities].map(([sku, quantity]) => ({ stream, sku, quantity: sign * quantity })),
  );
  if (rows.length === 0) return;
  await tx.run(
    'stock-move',
    `WITH booked AS (
       INSERT INTO stock_movements (stream, kind, sku, quantity) SELECT stream, $1, sku, quantity FROM unnest($2::text[], $3::text[], $4::int[]) AS t (stream, sku, quantity)
       ON CONFLICT DO NOTHING RETURNING sku, quantity)
     UPDATE stock s SET available = available + b.quantity FROM (SELECT sku, sum(quantity) AS quantity FROM booked GROUP BY sku) b WHERE s.sku = b.sku`,
    [kind, rows.map((row) => row.stream), rows.map((row) => row.sku), rows.map((row) => row.quantity)],
  );
}
