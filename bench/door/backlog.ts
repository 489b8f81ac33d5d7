import { figure, load, median, ratios, table } from '../machine/figures.js';
import { bar } from '../machine/bar.js';
import { onStage, type Stage } from '../machine/stage.js';
import { placeOrders } from '../road/place.js';
import { knock, shopDoor, type Door, type Knock } from './door.js';
import type { JWK } from 'jose';

export interface BacklogOptions {
  readonly backlog: number;
  readonly requests: number;
  readonly repetitions: number;
}

const perSecond = 100;

/** How soon an order is accepted: with nothing to do, with a backlog that lies, and while another process works it off. */
export const backlog = ({ backlog: orders, requests, repetitions }: BacklogOptions): Promise<void> =>
  onStage(async (stage) => {
    const door = await shopDoor(stage);
    const knocks: Record<'none' | 'lying' | 'worked off', Knock[]> = { none: [], lying: [], 'worked off': [] };
    const once = () => knock(door, stage.server, { connections: 32, amount: requests, perSecond });
    await once();
    const shown = bar(repetitions * 3);
    for (let n = 0; n < repetitions; n++) {
      await empty(door);
      shown.step('nothing to do');
      knocks.none.push(await once());
      await fill(door, orders);
      shown.step(`${orders} orders lie`);
      knocks.lying.push(await once());
      shown.step(`${orders} orders are worked off`);
      const workers = await work(stage, door);
      knocks['worked off'].push(await once());
      if ((await left(door)) === 0) console.error('The backlog was gone before its time: the third figure says too little.');
      await workers.stop();
    }
    shown.end();
    await door.bench.close();
    report(knocks, orders);
  });

/** What nobody will work off any more is taken away. */
async function empty({ bench: { db } }: Door): Promise<void> {
  await db.run('backlog-empty', 'DELETE FROM outbox', []);
  await db.run('backlog-effects', `UPDATE effects SET state = 'withdrawn', claim = NULL, claimed_until = NULL WHERE state = 'open'`, []);
}

async function fill({ bench: { db } }: Door, orders: number): Promise<void> {
  const [key] = await db.run<{ jwk: JWK & { kid: string } }>('backlog-key', 'SELECT jwk FROM payment_keys', []);
  for (let placed = 0; placed < orders; placed += 2_000)
    await db.transaction((tx) => placeOrders(tx, Math.min(2_000, orders - placed), key!.jwk));
}

async function left({ bench: { db } }: Door): Promise<number> {
  const [row] = await db.run<{ n: number }>('backlog-left', 'SELECT count(*)::int AS n FROM outbox', []);
  return row!.n;
}

async function work({ dir, child }: Stage, { bench }: Door) {
  const world = await child('bench/children/world.js');
  const workers = await child('bench/children/parts.js', {
    DATABASE_URL: bench.url,
    WORLD_URL: world.url,
    DATA_DIR: dir,
    ONES: '0',
    KEY: 'payments.jwk',
  });
  workers.send('ring');
  return workers;
}

function report(knocks: Readonly<Record<string, readonly Knock[]>>, orders: number): void {
  const of = (name: string, what: keyof Knock): number => median(knocks[name]!.map((one) => one[what]));
  console.log(`\n${perSecond} orders a second at 32 connections, a backlog of ${orders}; medians; load average ${load()}\n`);
  console.log(
    table(
      ['backlog', 'p50 ms', 'p99 ms', 'CPU ms/order'],
      Object.keys(knocks).map((name) => [name, ...(['p50', 'p99', 'cpu'] as const).map((what) => figure(of(name, what)))]),
    ),
  );
  console.log(
    `\n${ratios([
      { name: 'p99, lying against none', value: of('lying', 'p99') / of('none', 'p99'), wanted: { atMost: 1.5 } },
      { name: 'p99, worked off on the same cores against none', value: of('worked off', 'p99') / of('none', 'p99') },
    ])}`,
  );
}
