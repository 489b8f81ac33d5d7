import { order, type Order } from '#libs/order';
import { Database, takeLease, type Tx } from '#libs/store';
import { v7 as uuidv7 } from 'uuid';
import { lockStock, takeStock } from '../../apps/fulfilment/stock.js';
import { bar } from '../machine/bar.js';
import { makeDatabase } from '../machine/database.js';
import { figure, load, median, quantile, ratios, table } from '../machine/figures.js';
import { onStage } from '../machine/stage.js';

export interface StockOptions {
  readonly orders: number;
  readonly repetitions: number;
}

interface Sale {
  readonly perSecond: number;
  /** Milliseconds a batch, the waiting for others included. */
  readonly p99: number;
}

const batch = 50;
const sku = 'PRINT-10X15';

/** How orders that want the same piece of stock are kept from taking it twice. */
type Way = (db: Database, batches: ReadonlyMap<string, Order>[], took: number[]) => Promise<void>;

/** As the shop does it: whoever comes locks the article, so many at once. */
const locked =
  (atOnce: number): Way =>
  async (db, batches, took) => {
    const waiting = [...batches];
    const worker = async (): Promise<void> => {
      for (let states = waiting.shift(); states; states = waiting.shift())
        await timed(took, () => db.transaction(async (tx) => void (await takeStock(tx, states!, await lockStock(tx, states!)))));
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
  };

/** The other way: one alone may, by a lease. It knows the shelf, locks nothing, and is fenced by its epoch at each commit. */
const alone: Way = async (db, batches, took) => {
  const lease = await takeLease(db, 'shelf', 'bench', 60_000);
  if (!lease) throw new Error('Somebody else has the lease.');
  let left = await available(db);
  for (const states of batches)
    await timed(took, () =>
      db.transaction(async (tx) => {
        await fenced(tx, lease.epoch);
        const answers = await takeStock(tx, states, new Map([[sku, left]]));
        left -= [...answers.values()].filter((answer) => 'taken' in answer).length;
      }),
    );
};

const ways: Readonly<Record<string, Way>> = {
  'locked, one at once': locked(1),
  'locked, two at once': locked(2),
  'locked, four at once': locked(4),
  'one alone, by a lease': alone,
};

/** A sale of one article, of which there is enough for half of those who want it: by locks, and by a single instance. */
export const stock = ({ orders, repetitions }: StockOptions): Promise<void> =>
  onStage(async ({ server }) => {
    const bench = await makeDatabase(server, 'stock', { shop: true });
    const db = new Database({ url: bench.url, connections: 5 });
    const sales = new Map<string, Sale[]>(Object.keys(ways).map((name) => [name, []]));
    const shown = bar(repetitions * sales.size);
    for (let n = 0; n < repetitions; n++)
      for (const [name, way] of Object.entries(ways)) {
        shown.step(name);
        sales.get(name)!.push(await sell(db, way, orders));
      }
    shown.end();
    await db.close();
    await bench.close();
    report(sales, orders);
  });

/** @throws {Error} unless exactly what was there was sold */
async function sell(db: Database, way: Way, orders: number): Promise<Sale> {
  const there = Math.floor(orders / 2);
  await db.run('bench-shelf', 'UPDATE stock SET available = $1 WHERE sku = $2', [there, sku]);
  await db.run('bench-movements', `DELETE FROM stock_movements WHERE kind = 'reserve'`, []);
  const batches = Array.from({ length: Math.ceil(orders / batch) }, () => new Map(Array.from({ length: batch }, anOrder)));
  const took: number[] = [];
  const began = performance.now();
  await way(db, batches, took);
  const seconds = (performance.now() - began) / 1000;
  const [row] = await db.run<{ sold: number }>(
    'bench-sold',
    `SELECT count(*)::int AS sold FROM stock_movements WHERE kind = 'reserve'`,
    [],
  );
  const left = await available(db);
  if (row!.sold !== there || left !== 0) throw new Error(`Of ${there} pieces ${row!.sold} were sold, and ${left} are left.`);
  return { perSecond: orders / seconds, p99: quantile(took, 0.99) };
}

function anOrder(): [string, Order] {
  const unitPrice = { amount: 29, currency: 'EUR' as const };
  const lines = [{ sku, name: sku, quantity: 1, unitPrice }];
  const placed = order.evolve(order.initial, { type: 'OrderPlaced', data: { lines, total: unitPrice, priority: 'standard' } }, '');
  return [`order:${uuidv7()}`, order.evolve(placed, { type: 'PhotosReady', data: {} }, '')];
}

async function available(db: Database): Promise<number> {
  const [row] = await db.run<{ available: number }>('bench-available', 'SELECT available FROM stock WHERE sku = $1', [sku]);
  return row!.available;
}

async function fenced(tx: Tx, epoch: string): Promise<void> {
  const held = await tx.run('bench-fence', `SELECT FROM leases WHERE name = 'shelf' AND epoch = $1 AND until > now() FOR SHARE`, [epoch]);
  if (held.length === 0) throw new Error('The lease is lost.');
}

async function timed(took: number[], work: () => Promise<void>): Promise<void> {
  const began = performance.now();
  await work();
  took.push(performance.now() - began);
}

function report(sales: ReadonlyMap<string, readonly Sale[]>, orders: number): void {
  const of = (name: string, what: keyof Sale): number => median(sales.get(name)!.map((one) => one[what]));
  const names = [...sales.keys()];
  console.log(
    `\n${orders} orders in batches of ${batch} for one article, enough for half of them; all sold once; load average ${load()}\n`,
  );
  console.log(
    table(
      ['', 'orders/s', 'p99 ms/batch'],
      names.map((name) => [name, figure(of(name, 'perSecond')), figure(of(name, 'p99'))]),
    ),
  );
  const [one, two, , single] = names.map((name) => of(name, 'perSecond'));
  console.log(
    `\n${ratios([
      { name: 'orders/s: two at once against one', value: two! / one! },
      { name: 'orders/s: one alone against locks, one at once', value: single! / one! },
      { name: 'orders/s: one alone against locks, two at once', value: single! / two! },
    ])}`,
  );
}
