import type { Database, Tx } from '#libs/store';
import type { KafkaCluster } from '#tools/kafka';
import type { Postgres } from '#tools/postgres';
import type { JWK } from 'jose';
import path from 'node:path';
import { startChild, type Child } from '../machine/child.js';
import { makeDatabase, type Bench } from '../machine/database.js';
import { checkPlain, checkShop } from './check.js';
import { placeOrders, placePlain, plainTables } from './place.js';

/** Who goes the road. Its processes are started and ended for each repetition, so that nobody measured has a neighbour. */
export interface Contestant<T extends Team = Team> {
  readonly name: string;
  readonly bench: Bench;
  start(world: Child): Promise<T>;
  place(tx: Tx, orders: number): Promise<void>;
  /** Whether so many orders have come to their end altogether. */
  through(orders: number): Promise<boolean>;
  /** When the last one did, milliseconds since 1970. */
  ended(): Promise<number>;
  /** `stored`: so many others were there already. */
  check(orders: number, outside: { asked: number; keys: number }, stored?: number): Promise<void>;
}

export interface Team {
  readonly node: readonly number[];
  readonly broker: readonly number[];
  /** Orders have been placed. */
  go(): void;
  stop(): Promise<void>;
}

/** Of the next start. */
export interface Crew {
  /** Processes of fulfilment, and as many of payments. */
  workers: number;
  /** To PostgreSQL, of each process; left out: the shop's own number. */
  connections?: number | undefined;
}

export const operatorToken = 'o'.repeat(32);
export const secrets = { ACCESS_KEY: 'a'.repeat(43), WEBHOOK_SECRET: 'w'.repeat(43), OPERATOR_TOKEN: operatorToken, PORT: '0' };

export async function plain(server: Postgres): Promise<Contestant> {
  const bench = await makeDatabase(server, 'plain', { shop: false });
  for (const text of plainTables.split(';')) await bench.db.run('', text, []);
  const count = (db: Database) => db.run<{ n: number }>('left', 'SELECT count(*)::int AS n FROM plain_orders WHERE step < 6', []);
  return {
    name: 'plain',
    bench,
    async start(world) {
      const child = await startChild('bench/peers/plain.js', { DATABASE_URL: bench.url, WORLD_URL: world.url });
      return { node: [child.pid], broker: [], go: () => child.send('go'), stop: child.stop };
    },
    place: placePlain,
    through: async () => (await count(bench.db))[0]!.n === 0,
    ended: async () => timeOf(await bench.db.run<{ at: Date }>('plain-ended', 'SELECT max(at) AS at FROM plain_orders', [])),
    check: (orders, outside) => checkPlain(bench.db, orders, outside),
  };
}

/** The road's roles in one process. `mail`: notifications too, whose SMTP server takes everything; `jobs`: those too. */
export async function consolidated(
  server: Postgres,
  dir: string,
  { mail, jobs = false, name = mail ? 'consolidated_mail' : 'consolidated' }: { mail?: Child; jobs?: boolean; name?: string } = {},
): Promise<Contestant<Team & Child>> {
  const shop = await shopOn(server, name, { mails: mail !== undefined });
  const ROLES = `api,status,fulfilment,payments,relay${mail ? ',notifications' : ''}${jobs ? ',jobs' : ''}`;
  return {
    ...shop,
    async start(world) {
      const DATA_DIR = path.join(dir, name);
      const env = { ...secrets, DATABASE_URL: shop.bench.url, WORLD_URL: world.url, DATA_DIR, ROLES, ...(mail && { SMTP_URL: mail.url }) };
      const child = await startChild('bench/children/shop.js', env);
      return { ...child, node: [child.pid], broker: [], go: () => child.send('ring') };
    },
  };
}

/** The road's parts in one process without Nest; `ones`: in batches of one. */
export async function parts(server: Postgres, dir: string, ones: boolean): Promise<Contestant> {
  const name = ones ? 'ones' : 'batches';
  const shop = await shopOn(server, name);
  return {
    ...shop,
    async start(world) {
      const env = { DATABASE_URL: shop.bench.url, WORLD_URL: world.url, DATA_DIR: dir, ONES: ones ? '1' : '0' };
      const child = await startChild('bench/children/parts.js', env);
      return { node: [child.pid], broker: [], go: () => child.send('ring'), stop: child.stop };
    },
  };
}

/** A process a role, on Kafka; of those that do the work more than one, if that is said. */
export async function separate(server: Postgres, dir: string, kafka: KafkaCluster): Promise<Contestant & { crew: Crew }> {
  const shop = await shopOn(server, 'separate', { published: true });
  const crew: Crew = { workers: 1 };
  return {
    ...shop,
    crew,
    async start(world) {
      const env = {
        ...secrets,
        DATABASE_URL: shop.bench.url,
        WORLD_URL: world.url,
        DATA_DIR: path.join(dir, 'separate'),
        KAFKA_BROKERS: kafka.brokers.join(','),
        ...(crew.connections && { DATABASE_CONNECTIONS: String(crew.connections) }),
      };
      const workers = Array.from({ length: crew.workers }, () => ['fulfilment', 'payments']).flat();
      const roles = ['api', 'status', 'relay', ...workers];
      const children = await Promise.all(roles.map((role) => startChild(`apps/${role}/main.js`, env)));
      return {
        node: children.map(({ pid }) => pid),
        broker: kafka.nodes.map(({ pid }) => pid!),
        go: () => void shop.bench.db.run('bench-ring', `SELECT pg_notify('outbox', '')`, []),
        stop: async () => void (await Promise.all(children.map((child) => child.stop()))),
      };
    },
  };
}

/** `published`: what has left the outbox may still be on its way, so orders are counted, which takes a scan. */
async function shopOn(
  server: Postgres,
  name: string,
  { mails = false, published = false }: { mails?: boolean; published?: boolean } = {},
): Promise<Omit<Contestant, 'start'>> {
  const bench = await makeDatabase(server, name, { shop: true });
  const { db } = bench;
  await db.run('bench-stock', `UPDATE stock SET available = 100000000`, []);
  await db.run('bench-delivery', `UPDATE stock_movements SET quantity = 100000000`, []);
  return {
    name,
    bench,
    async place(tx, orders) {
      const [key] = await tx.run<{ jwk: JWK & { kid: string } }>('bench-key', 'SELECT jwk FROM payment_keys', []);
      await placeOrders(tx, orders, key!.jwk);
    },
    async through(orders) {
      const [row] = await db.run<{ idle: boolean }>(
        'bench-idle',
        `SELECT NOT EXISTS (SELECT FROM outbox) AND NOT EXISTS (SELECT FROM effects WHERE state = 'open') AS idle`,
        [],
      );
      if (!row!.idle || !published) return row!.idle;
      const [done] = await db.run<{ n: number }>(
        'bench-done',
        `SELECT count(*)::int AS n FROM order_status WHERE status = 'completed'`,
        [],
      );
      return done!.n >= orders;
    },
    ended: async () => timeOf(await db.run<{ at: Date }>('bench-ended', `SELECT max(at) AS at FROM events`, [])),
    check: (orders, outside, stored) => checkShop(db, orders, outside, mails, stored),
  };
}

const timeOf = ([row]: readonly { at: Date }[]): number => row!.at.getTime();
