import { bar } from '../machine/bar.js';
import { figure, load, median, ratios, table } from '../machine/figures.js';
import { onStage } from '../machine/stage.js';
import { bareDoor, knock, shopDoor, writtenBy, type Knock } from './door.js';

export interface AcceptOptions {
  /** At 32 connections; twice as many at 128. */
  readonly requests: number;
  readonly repetitions: number;
}

/** The front door, through Nest, validation, sealing and all, against a bare route with one INSERT; in turns. */
export const accept = ({ requests, repetitions }: AcceptOptions): Promise<void> =>
  onStage(async (stage) => {
    const doors = [await bareDoor(stage), await shopDoor(stage)];
    const runs = new Map<string, Knock[]>();
    const asked = new Map<string, number>();
    const shown = bar(repetitions * 4);
    for (let n = 0; n <= repetitions; n++) {
      for (const connections of [32, 128]) {
        for (const door of doors) {
          const amount = requests * (connections === 128 ? 2 : 1);
          if (n > 0) shown.step(`${door.name}, ${connections} connections`);
          const run = await knock(door, stage.server, { connections, amount });
          asked.set(door.name, (asked.get(door.name) ?? 0) + amount);
          // The first round warms up.
          if (n > 0) runs.set(`${door.name} ${connections}`, [...(runs.get(`${door.name} ${connections}`) ?? []), run]);
        }
      }
    }
    shown.end();
    for (const door of doors) {
      const found = await writtenBy(door);
      if (found !== asked.get(door.name)) throw new Error(`${door.name} said 202 to ${asked.get(door.name)} orders and has ${found}`);
      await door.bench.close();
    }
    report(runs, requests, repetitions);
  });

function report(runs: ReadonlyMap<string, readonly Knock[]>, requests: number, repetitions: number): void {
  const of = (name: string, what: keyof Knock): number => median(runs.get(name)!.map((run) => run[what]));
  console.log(
    `\n${requests} orders at 32 connections, ${2 * requests} at 128; median of ${repetitions}; each 202 found in the database; load average ${load()}\n`,
  );
  console.log(
    table(
      ['door, connections', 'orders/s', 'p99 ms', 'CPU ms/order', 'of it door', 'database'],
      [...runs.keys()].map((name) => [
        name,
        ...(['perSecond', 'p99', 'cpu', 'door', 'database'] as const).map((what) => figure(of(name, what))),
      ]),
    ),
  );
  const ratio = (connections: number): number => of(`shop ${connections}`, 'perSecond') / of(`bare ${connections}`, 'perSecond');
  console.log(
    `\n${ratios([
      { name: '32 connections', value: ratio(32), wanted: { atLeast: 0.9 } },
      { name: '128 connections', value: ratio(128), wanted: { atLeast: 1.3 } },
    ])}`,
  );
}
