import { startKafka, whyNoKafka } from '#tools/kafka';
import { mkdtempSync, rmSync, chmodSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { bar } from '../machine/bar.js';
import { startChild, type Child } from '../machine/child.js';
import { startServer } from '../machine/database.js';
import { figure, load, median, ratios, table, type Ratio } from '../machine/figures.js';
import { consolidated, plain, separate, type Contestant } from './contestants.js';
import { measure, type Run } from './measure.js';

export interface RoadOptions {
  readonly orders: number;
  readonly repetitions: number;
  readonly only?: readonly string[];
}

/** Placed → completed, the outside answering at once: the shop in one process, the shop as processes on Kafka, and the peer, in turns. */
export async function road({ orders, repetitions, only }: RoadOptions): Promise<void> {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'backroom-bench-'));
  chmodSync(dir, 0o711);
  const closing: (() => unknown)[] = [() => rmSync(dir, { recursive: true, force: true })];
  try {
    const server = await startServer(path.join(dir, 'postgres'));
    closing.unshift(() => server.stop());
    const child = async (file: string): Promise<Child> => {
      const started = await startChild(file, {});
      closing.unshift(() => started.stop());
      return started;
    };
    const world = await child('bench/children/world.js');
    const wanted = (name: string): boolean => !only || only.includes(name);
    const who: Contestant[] = [];
    if (wanted('plain')) who.push(await plain(server));
    if (wanted('consolidated')) who.push(await consolidated(server, dir));
    if (wanted('mail')) who.push(await consolidated(server, dir, { mail: await child('bench/children/mailbox.js') }));
    if (wanted('separate')) {
      const why = whyNoKafka();
      if (why) console.error(`Without separate processes: ${why}`);
      else {
        const kafka = await startKafka({ nodes: 1, dir: path.join(dir, 'kafka'), heap: '256m' });
        closing.unshift(() => kafka.stop('SIGKILL'));
        who.push(await separate(server, dir, kafka));
      }
    }

    const runs = new Map<string, Run[]>(who.map(({ name }) => [name, []]));
    const placed = new Map(who.map(({ name }) => [name, { count: 0, asked: 0, keys: 0 }]));
    const shown = bar(repetitions * who.length);
    for (let n = 0; n < repetitions; n++) {
      for (const one of who) {
        shown.step(one.name);
        const so = placed.get(one.name)!;
        runs.get(one.name)!.push(await measure(one, server, world, orders, so));
        const answer = world.next<{ asked: number; keys: number }>();
        world.send('count');
        const { asked, keys } = await answer;
        so.asked += asked;
        so.keys += keys;
      }
    }
    shown.end();
    for (const one of who) await one.check(placed.get(one.name)!.count, placed.get(one.name)!);
    report(runs, orders, repetitions);
    for (const one of who) await one.bench.close();
  } finally {
    for (const close of closing) await close();
  }
}

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
