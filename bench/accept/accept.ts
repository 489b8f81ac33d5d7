import type { Postgres } from '#tools/postgres';
import autocannon from 'autocannon';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { keyIn, Vault } from '../../apps/payments/vault.js';
import { bar } from '../machine/bar.js';
import { startChild, type Child } from '../machine/child.js';
import { cpuMs } from '../machine/cpu.js';
import { makeDatabase, startServer, type Bench } from '../machine/database.js';
import { figure, load, median, ratios, table } from '../machine/figures.js';
import { card, customer, shipTo } from '../road/place.js';

export interface AcceptOptions {
  /** At 32 connections; twice as many at 128. */
  readonly requests: number;
  readonly repetitions: number;
}

interface Door {
  readonly name: 'shop' | 'bare';
  readonly child: Child;
  readonly bench: Bench;
  /** What it has written down. */
  readonly written: string;
}

interface Run {
  readonly perSecond: number;
  readonly p99: number;
  /** CPU milliseconds a request, door and database. */
  readonly cpu: number;
}

const body = JSON.stringify({ customer, shipTo, lines: [{ sku: 'PRINT-10X15', quantity: 2 }], payment: { card } });

/** The front door, through Nest, validation, sealing and all, against a bare route with one INSERT; in turns. */
export async function accept({ requests, repetitions }: AcceptOptions): Promise<void> {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'backroom-bench-'));
  chmodSync(dir, 0o711);
  const closing: (() => unknown)[] = [() => rmSync(dir, { recursive: true, force: true })];
  try {
    const server = await startServer(path.join(dir, 'postgres'));
    closing.unshift(() => server.stop());
    const doors = [await bareDoor(server), await shopDoor(server, dir)];
    for (const { child, bench } of doors)
      closing.unshift(
        () => child.stop(),
        () => bench.close(),
      );

    const runs = new Map<string, Run[]>();
    const asked = new Map<string, number>();
    const shown = bar(repetitions * 4);
    for (let n = 0; n <= repetitions; n++) {
      for (const connections of [32, 128]) {
        for (const door of doors) {
          const amount = requests * (connections === 128 ? 2 : 1);
          if (n > 0) shown.step(`${door.name}, ${connections} connections`);
          const run = await knock(door, server, connections, amount);
          asked.set(door.name, (asked.get(door.name) ?? 0) + amount);
          // The first round warms up.
          if (n > 0) runs.set(`${door.name} ${connections}`, [...(runs.get(`${door.name} ${connections}`) ?? []), run]);
        }
      }
    }
    shown.end();
    for (const { name, bench, written } of doors) {
      const [row] = await bench.db.run<{ n: number }>('written', written, []);
      if (row!.n !== asked.get(name)) throw new Error(`${name} said 202 to ${asked.get(name)} orders and has ${row!.n}`);
    }
    report(runs, requests, repetitions);
  } finally {
    for (const close of closing) await close();
  }
}

async function bareDoor(server: Postgres): Promise<Door> {
  const bench = await makeDatabase(server, 'bare', { shop: false });
  const child = await startChild('bench/peers/bare.js', { DATABASE_URL: bench.url });
  return { name: 'bare', child, bench, written: 'SELECT count(*)::int AS n FROM bare_orders' };
}

/** The real api role. Beside it only status, which hears nothing as nobody publishes: a front door alone would want a broker. */
export async function shopDoor(server: Postgres, dir: string, name = 'shop'): Promise<Door> {
  const bench = await makeDatabase(server, name, { shop: true });
  await new Vault(bench.db, await keyIn(path.join(dir, `${name}.jwk`))).publishKey();
  const child = await startChild('bench/children/shop.js', {
    ROLES: 'api,status',
    DATABASE_URL: bench.url,
    DATA_DIR: dir,
    PORT: '0',
    ACCESS_KEY: 'a'.repeat(43),
    OPERATOR_TOKEN: 'o'.repeat(32),
  });
  return {
    name: 'shop',
    child,
    bench,
    written: `SELECT count(*)::int AS n FROM events e JOIN outbox USING (stream, version) JOIN vault USING (stream) JOIN personal USING (stream) WHERE type = 'OrderPlaced'`,
  };
}

/** So many orders, all of them answered. @throws {Error} if one is answered otherwise than by 202 */
async function knock({ name, child, bench }: Door, server: Postgres, connections: number, amount: number): Promise<Run> {
  await bench.db.run('checkpoint', 'CHECKPOINT', []);
  const pids = [child.pid, server.pid!];
  const before = cpuMs(pids);
  const began = performance.now();
  const result = await autocannon({
    url: `${child.url}/orders`,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
    connections,
    amount,
  });
  const seconds = (performance.now() - began) / 1000;
  if (result['2xx'] !== amount) throw new Error(`${name} answered ${amount - result['2xx']} of ${amount} orders otherwise`);
  return { perSecond: amount / seconds, p99: result.latency.p99, cpu: (cpuMs(pids) - before) / amount };
}

function report(runs: ReadonlyMap<string, readonly Run[]>, requests: number, repetitions: number): void {
  const of = (name: string, what: keyof Run): number => median(runs.get(name)!.map((run) => run[what]));
  console.log(
    `\n${requests} orders at 32 connections, ${2 * requests} at 128; median of ${repetitions}; each 202 found in the database; load average ${load()}\n`,
  );
  console.log(
    table(
      ['door, connections', 'orders/s', 'p99 ms', 'CPU ms/order'],
      [...runs.keys()].map((name) => [name, ...(['perSecond', 'p99', 'cpu'] as const).map((what) => figure(of(name, what)))]),
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
