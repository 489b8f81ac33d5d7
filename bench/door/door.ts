import type { Postgres } from '#tools/postgres';
import autocannon from 'autocannon';
import path from 'node:path';
import { keyIn, Vault } from '../../apps/payments/vault.js';
import type { Child } from '../machine/child.js';
import { cpuMs } from '../machine/cpu.js';
import { makeDatabase, type Bench } from '../machine/database.js';
import type { Stage } from '../machine/stage.js';
import { secrets } from '../road/contestants.js';
import { card, customer, shipTo } from '../road/place.js';

/** Somebody who takes orders. */
export interface Door {
  readonly name: 'shop' | 'bare';
  readonly child: Child;
  readonly bench: Bench;
  /** Counts what it has written down. */
  readonly written: string;
}

export interface Knock {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** CPU milliseconds a request, of the door, the database, and both. */
  readonly door: number;
  readonly database: number;
  readonly cpu: number;
}

export const orderBody = JSON.stringify({ customer, shipTo, lines: [{ sku: 'PRINT-10X15', quantity: 2 }], payment: { card } });

export async function bareDoor({ server, child }: Stage): Promise<Door> {
  const bench = await makeDatabase(server, 'bare', { shop: false });
  const started = await child('bench/peers/bare.js', { DATABASE_URL: bench.url });
  return { name: 'bare', child: started, bench, written: 'SELECT count(*)::int AS n FROM bare_orders' };
}

/** The real api role. Beside it only status, which hears nothing as nobody publishes: a front door alone would want a broker. */
export async function shopDoor({ server, dir, child }: Stage, { name = 'shop', roles = 'api,status' } = {}): Promise<Door> {
  const bench = await makeDatabase(server, name, { shop: true });
  await new Vault(bench.db, await keyIn(path.join(dir, 'payments.jwk'))).publishKey();
  const started = await child('bench/children/shop.js', {
    ...secrets,
    ROLES: roles,
    DATABASE_URL: bench.url,
    DATA_DIR: dir,
  });
  return {
    name: 'shop',
    child: started,
    bench,
    written: `SELECT count(*)::int AS n FROM events e JOIN outbox USING (stream, version) JOIN vault USING (stream) JOIN personal USING (stream) WHERE type = 'OrderPlaced'`,
  };
}

export async function writtenBy({ bench, written }: Door): Promise<number> {
  const [row] = await bench.db.run<{ n: number }>('written', written, []);
  return row!.n;
}

/** So many orders, `perSecond` at most where that is said. @throws {Error} if one is answered otherwise than by 202 */
export async function knock(
  { name, child, bench }: Door,
  server: Postgres,
  { connections, amount, perSecond }: { connections: number; amount: number; perSecond?: number },
): Promise<Knock> {
  await bench.db.run('checkpoint', 'CHECKPOINT', []);
  const used = (): { door: number; database: number } => ({ door: cpuMs([child.pid]), database: cpuMs([server.pid!]) });
  const before = used();
  const began = performance.now();
  let ended = began;
  // Its types know of the promise alone; it is the instance, too.
  const running = autocannon({
    url: `${child.url}/orders`,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: orderBody,
    connections,
    amount,
    ...(perSecond && { overallRate: perSecond }),
  }) as unknown as autocannon.Instance;
  // It looks at its own watch once a second, and ends no sooner.
  running.on('response', () => (ended = performance.now()));
  const result = await (running as unknown as Promise<autocannon.Result>);
  const seconds = (ended - began) / 1000;
  if (result['2xx'] !== amount) throw new Error(`${name} answered ${amount - result['2xx']} of ${amount} orders otherwise`);
  const after = used();
  const door = (after.door - before.door) / amount;
  const database = (after.database - before.database) / amount;
  return { perSecond: amount / seconds, p50: result.latency.p50, p99: result.latency.p99, door, database, cpu: door + database };
}
