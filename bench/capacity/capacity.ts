import { ensureTopics } from '#libs/bus';
import { topics } from '#libs/platform';
import { startKafka, whyNoKafka } from '#tools/kafka';
import path from 'node:path';
import { bar } from '../machine/bar.js';
import { figure, load, table } from '../machine/figures.js';
import type { Child } from '../machine/child.js';
import { asked, onStage } from '../machine/stage.js';
import { separate } from '../road/contestants.js';
import { measure, type Run } from '../road/measure.js';

export interface CapacityOptions {
  readonly orders: number;
  /** The most of what is doubled. */
  readonly most: number;
}

/** How long the outside takes to answer: long enough that one worker mostly waits for it, as in life. Milliseconds. */
const delayMs = 500;

interface Size {
  readonly partitions: number;
  readonly workers: number;
  readonly connections: number;
  readonly delayMs: number;
}

const doublings = (from: number, most: number): number[] =>
  Array.from({ length: Math.floor(Math.log2(most / from)) + 1 }, (_, n) => from * 2 ** n);

/**
 * Where more of one thing brings no more orders: partitions with many workers, workers with many partitions, both beside a slow outside; and
 * the connections of each process to PostgreSQL, beside one that answers at once. Partitions come first: they never get fewer.
 */
export const capacity = ({ orders, most }: CapacityOptions): Promise<void> =>
  onStage(async ({ server, dir, child, after }) => {
    const why = whyNoKafka();
    if (why) throw new Error(`There is no Kafka: ${why}`);
    const kafka = await startKafka({ nodes: 1, dir: path.join(dir, 'kafka'), heap: '256m' });
    after(() => kafka.stop('SIGKILL'));
    const worlds: Readonly<Record<number, Child>> = {
      [delayMs]: await child('bench/children/world.js', { DELAY_MS: String(delayMs) }),
      0: await child('bench/children/world.js'),
    };
    const shop = await separate(server, dir, kafka);
    const done = { count: 0 };
    const outside = { asked: 0, keys: 0 };

    const usual = { partitions: most, workers: 4, connections: 10, delayMs };
    const plan: readonly (readonly [string, readonly Size[]])[] = [
      ['partitions', doublings(1, most).map((partitions) => ({ ...usual, partitions }))],
      ['workers', doublings(1, most).map((workers) => ({ ...usual, workers }))],
      ['connections', doublings(2, 16).map((connections) => ({ ...usual, workers: 1, connections, delayMs: 0 }))],
    ];
    const shown = bar(plan.flatMap(([, sizes]) => sizes).length);
    const tables: string[] = [];
    for (const [what, sizes] of plan) {
      const rows: (readonly [Size, Run])[] = [];
      for (const size of sizes) {
        shown.step(`${size[what as keyof Size]} ${what}`);
        await ensureTopics({ brokers: kafka.brokers }, topics(size.partitions));
        Object.assign(shop.crew, { workers: size.workers, connections: size.connections });
        const world = worlds[size.delayMs]!;
        rows.push([size, await measure(shop, server, world, orders, done)]);
        const now = await asked(world);
        outside.asked += now.asked;
        outside.keys += now.keys;
      }
      tables.push(shownAs(what as keyof Size, rows));
    }
    shown.end();
    await shop.check(done.count, outside);
    await shop.bench.close();
    console.log(
      `\n${orders} orders placed → completed, processes on Kafka, every order checked, load average ${load()}\n\n${tables.join('\n\n')}`,
    );
  });

function shownAs(what: keyof Size, rows: readonly (readonly [Size, Run])[]): string {
  const { partitions, workers, connections, delayMs } = rows[0]![0];
  const others = Object.entries({ partitions, workers, connections }).filter(([name]) => name !== what);
  const beside = others.map(([name, n]) => `${n} ${name}`).join(', ');
  return `${what}, with ${beside}, the outside answering after ${delayMs} ms\n${table(
    [what, 'orders/s', 'against half', 'cores busy', 'CPU ms/order', 'commits/order'],
    rows.map(([size, run], n) => {
      const before = rows[n - 1]?.[1].ordersPerSecond;
      return [
        String(size[what]),
        figure(run.ordersPerSecond),
        before === undefined ? '' : (run.ordersPerSecond / before).toFixed(2),
        (((run.cpu + run.world) * run.ordersPerSecond) / 1000).toFixed(2),
        figure(run.cpu),
        figure(run.commits),
      ];
    }),
  )}`;
}
