import { bar } from '../machine/bar.js';
import { figure, load, median, ratios, table } from '../machine/figures.js';
import { asked, onStage } from '../machine/stage.js';
import { consolidated, type Contestant } from '../road/contestants.js';
import { measure, type Run } from '../road/measure.js';
import { storeOrders } from './store-orders.js';

export interface GrowthOptions {
  readonly stored: number;
  readonly orders: number;
  readonly repetitions: number;
}

interface Grown {
  readonly count: number;
  readonly shop: Contestant;
  readonly runs: Run[];
  readonly so: { count: number };
  outside: { asked: number; keys: number };
}

const few = 1_000;

/** CPU an order with so many orders stored, against a thousand, in turns. */
export const growth = ({ stored, orders, repetitions }: GrowthOptions): Promise<void> =>
  onStage(async ({ server, dir, child }) => {
    const world = await child('bench/children/world.js');
    const shops: Grown[] = [];
    for (const [name, count] of [
      ['few', few],
      ['many', stored],
    ] as const)
      shops.push({
        count,
        shop: await consolidated(server, dir, { name }),
        runs: [] as Run[],
        so: { count: 0 },
        outside: { asked: 0, keys: 0 },
      });
    const shown = bar(2 + repetitions * 2);
    const go = async (one: Grown, count: number): Promise<Run> => {
      const run = await measure(one.shop, server, world, count, one.so);
      const { asked: calls, keys } = await asked(world);
      one.outside = { asked: one.outside.asked + calls, keys: one.outside.keys + keys };
      return run;
    };
    for (const one of shops) {
      shown.step(`${one.count} orders are stored`);
      await go(one, 1);
      await storeOrders(one.shop.bench.db, one.count);
    }
    for (let n = 0; n < repetitions; n++)
      for (const one of shops) {
        shown.step(`${one.count} stored`);
        one.runs.push(await go(one, orders));
      }
    shown.end();
    for (const { shop, so, outside, count } of shops) await shop.check(so.count, outside, count);

    const of = ({ runs }: Grown, what: keyof Run): number => median(runs.map((run) => run[what]));
    console.log(`\n${orders} orders, median of ${repetitions}, every order checked, load average ${load()}\n`);
    console.log(
      table(
        ['stored', 'orders/s', 'CPU ms/order', 'node', 'postgres'],
        shops.map((one) => [
          String(one.count),
          ...(['ordersPerSecond', 'cpu', 'node', 'postgres'] as const).map((what) => figure(of(one, what))),
        ]),
      ),
    );
    console.log(
      `\n${ratios([{ name: `CPU an order, ${stored} stored against ${few}`, value: of(shops[1]!, 'cpu') / of(shops[0]!, 'cpu'), wanted: { atMost: 1.1 } }])}`,
    );
    for (const { shop } of shops) await shop.bench.close();
  });
