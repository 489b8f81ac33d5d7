import { startKafka, whyNoKafka } from '#tools/kafka';
import path from 'node:path';
import { bar } from '../machine/bar.js';
import { figure, load, median, ratios, table, type Ratio } from '../machine/figures.js';
import { asked, onStage, type Stage } from '../machine/stage.js';
import { consolidated, parts, plain, separate, type Contestant } from './contestants.js';
import { measure, type Run } from './measure.js';

export interface RoadOptions {
  readonly orders: number;
  readonly repetitions: number;
  readonly only: readonly string[];
}

const makers: Record<string, (stage: Stage) => Promise<Contestant | undefined>> = {
  plain: ({ server }) => plain(server),
  consolidated: ({ server, dir }) => consolidated(server, dir),
  mail: async ({ server, dir, child }) => consolidated(server, dir, { mail: await child('bench/children/mailbox.js') }),
  batches: ({ server, dir }) => parts(server, dir, false),
  ones: ({ server, dir }) => parts(server, dir, true),
  async separate({ server, dir, after }) {
    const why = whyNoKafka();
    if (why) return void console.error(`Without separate processes: ${why}`);
    const kafka = await startKafka({ nodes: 1, dir: path.join(dir, 'kafka'), heap: '256m' });
    after(() => kafka.stop('SIGKILL'));
    return separate(server, dir, kafka);
  },
};
export const contestants = Object.keys(makers);

/** Placed → completed, the outside answering at once: the shop in one process, as processes on Kafka, in batches of one; and the peer, in turns. */
export const road = ({ orders, repetitions, only }: RoadOptions): Promise<void> =>
  onStage(async (stage) => {
    const world = await stage.child('bench/children/world.js');
    const who: Contestant[] = [];
    for (const name of only) {
      const one = await makers[name]!(stage);
      if (one) who.push(one);
    }
    const runs = new Map<string, Run[]>(who.map(({ name }) => [name, []]));
    const done = new Map(who.map(({ name }) => [name, { count: 0, asked: 0, keys: 0 }]));
    const shown = bar(repetitions * who.length);
    for (let n = 0; n < repetitions; n++) {
      for (const one of who) {
        shown.step(one.name);
        const so = done.get(one.name)!;
        runs.get(one.name)!.push(await measure(one, stage.server, world, orders, so));
        const outside = await asked(world);
        so.asked += outside.asked;
        so.keys += outside.keys;
      }
    }
    shown.end();
    for (const one of who) await one.check(done.get(one.name)!.count, done.get(one.name)!);
    report(runs, orders, repetitions);
    for (const one of who) await one.bench.close();
  });

function report(runs: ReadonlyMap<string, readonly Run[]>, orders: number, repetitions: number): void {
  const of = (name: string, what: keyof Run): number => median(runs.get(name)!.map((run) => run[what]));
  const names = [...runs.keys()];
  console.log(`\n${orders} orders placed → completed, median of ${repetitions}, every order checked, load average ${load()}\n`);
  console.log(
    table(
      ['', 'orders/s', 'CPU ms/order', 'node', 'postgres', 'broker', '(world)', 'commits/order'],
      names.map((name) => [
        name,
        ...(['ordersPerSecond', 'cpu', 'node', 'postgres', 'broker', 'world', 'commits'] as const).map((what) => figure(of(name, what))),
      ]),
    ),
  );
  if (names.includes('batches') && names.includes('ones'))
    console.log(
      `\nin batches, against batches of one\n${ratios([
        { name: 'orders/s', value: of('batches', 'ordersPerSecond') / of('ones', 'ordersPerSecond'), wanted: { atLeast: 5 } },
        { name: 'CPU an order', value: of('batches', 'cpu') / of('ones', 'cpu') },
      ])}`,
    );
  if (!names.includes('plain')) return;
  const against = (name: string, label: string, atLeast?: number, atMost?: number): Ratio[] =>
    names.includes(name)
      ? [
          {
            name: `${label}: orders/s`,
            value: of(name, 'ordersPerSecond') / of('plain', 'ordersPerSecond'),
            wanted: atLeast ? { atLeast } : undefined,
          },
          { name: `${label}: CPU an order`, value: of(name, 'cpu') / of('plain', 'cpu'), wanted: atMost ? { atMost } : undefined },
        ]
      : [];
  console.log(
    `\nagainst plain\n${ratios([
      ...against('consolidated', 'one process', 1.5, 0.8),
      ...against('separate', 'processes on Kafka', 1.0, 1.5),
      ...against('consolidated_mail', 'one process, with mails'),
    ])}`,
  );
}
