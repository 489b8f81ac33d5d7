import { startKafka, whyNoKafka, type KafkaCluster } from '#tools/kafka';
import { setUp } from '#tools/migrate';
import { freePort } from '#tools/ports';
import { startWorld, type World } from '#tools/world';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { checks } from '../tools/lab/checks/all.js';
import { bookOf } from '../tools/lab/gather/books.js';
import { fromDatabase } from '../tools/lab/gather/database.js';
import { fromKafka } from '../tools/lab/gather/kafka.js';
import { pendingIn } from '../tools/lab/gather/settled.js';
import { startLoad, type Load } from '../tools/lab/load/load.js';
import { random } from '../tools/lab/random.js';
import { startMailServer, type MailServer } from '../tools/lab/stack/mail-server.js';
import { buildRelease, lastRelease } from './setup/last-release.js';
import { query } from './setup/query.js';
import { RoleProcess } from './setup/role-process.js';

const root = path.resolve(import.meta.dirname, '..');
const node = (cwd: string, ...args: string[]) => promisify(execFile)(process.execPath, args, { cwd });
const soon = { timeout: 120_000, interval: 100 };

const doors = ['api', 'status', 'relay'];
const workers = ['fulfilment', 'payments', 'thumbnails', 'notifications'];

const release = lastRelease();

describe.skipIf(inject('kafkaBrokers') === undefined || whyNoKafka() || !release)('the last release beside this one, under load', () => {
  let dir: string;
  let before: string;
  let kafka: KafkaCluster;
  let database: string;
  let world: World;
  let mail: MailServer;
  let load: Load | undefined;
  let launch: (name: string, build: string) => RoleProcess;
  const started: RoleProcess[] = [];

  beforeAll(async () => {
    dir = await mkdtemp(path.join(os.tmpdir(), 'backroom-releases-'));
    before = path.join(dir, 'before');
    await node(root, '-e', "import('./tools/build.mjs').then(({ build }) => build())");
    await buildRelease(release!, before);
    [kafka, world, mail] = await Promise.all([
      startKafka({ nodes: 1, dir: path.join(dir, 'kafka') }),
      startWorld({ port: 0, dir: path.join(dir, 'world'), delays: { gateway: 30, printer: 30, carrier: 30 } }),
      startMailServer(),
    ]);
    const name = `test_${crypto.randomUUID().replaceAll('-', '')}`;
    await query(inject('databaseUrl'), `CREATE DATABASE ${name}`);
    database = Object.assign(new URL(inject('databaseUrl')), { pathname: `/${name}` }).href;
    const env = {
      DATABASE_URL: database,
      KAFKA_BROKERS: kafka.brokers.join(','),
      WORLD_URL: world.url,
      SMTP_URL: mail.url,
      ACCESS_KEY: 'a'.repeat(43),
      WEBHOOK_SECRET: 'w'.repeat(43),
      OPERATOR_TOKEN: 'o'.repeat(32),
      DATA_DIR: path.join(dir, 'data'),
    };
    await promisify(execFile)(process.execPath, ['dist/tools/migrate/main.js'], { cwd: before, env: { ...process.env, ...env } });
    const ports = new Map<string, number>();
    for (const door of doors) ports.set(door, await freePort());
    launch = (role, build) => {
      const url = ports.has(role) ? `http://127.0.0.1:${ports.get(role)}` : undefined;
      const one = new RoleProcess(role, () => env, { called: `${role} of ${build}`, build, url });
      started.push(one);
      return one;
    };
  });

  afterAll(async () => {
    await load?.goHome();
    await Promise.all(started.map((one) => one.end('SIGKILL')));
    await Promise.all([world?.close(), mail?.close(), kafka?.stop('SIGKILL')]);
    if (database) await query(inject('databaseUrl'), `DROP DATABASE ${new URL(database).pathname.slice(1)} WITH (FORCE)`);
    if (dir) await rm(dir, { recursive: true, force: true });
  });

  const start = async (names: readonly string[], build: string): Promise<RoleProcess[]> => {
    const all = names.map((name) => launch(name, build));
    await Promise.all(all.map((one) => one.start()));
    return all;
  };
  const stop = async (all: readonly RoleProcess[]): Promise<void> => {
    const codes = await Promise.all(all.map((one) => one.end('SIGTERM')));
    // How the last release ends cannot be mended any more.
    for (const [n, one] of all.entries()) if (one.called.endsWith(root)) expect(codes[n], one.last()).toBe(0);
  };

  /** So many more orders are placed, and come to their end, by whoever is there now. */
  async function ended(count: number): Promise<void> {
    const from = load!.accepted.length;
    await vi.waitFor(() => expect(load!.accepted.length).toBeGreaterThanOrEqual(from + count), soon);
    const ids = load!.accepted.slice(from, from + count).map(({ id }) => `'order:${id}'`);
    const ends = `SELECT DISTINCT stream FROM events WHERE type IN ('OrderCompleted', 'OrderFailed', 'OrderCancelled') AND stream IN (${ids.join()})`;
    await vi
      .waitFor(async () => expect(await query(database, ends)).toHaveLength(count), soon)
      .catch((error: unknown) => {
        for (const one of started) if (one.alive) console.error(one.called, one.last());
        throw error;
      });
  }

  it('keeps every promise, whichever of them has the doors and whichever the work', { timeout: 420_000 }, async () => {
    const stamp = (build: string) => readFile(path.join(build, 'dist/sources.sha256'), 'utf8');
    expect(await stamp(before)).not.toBe(await stamp(root));

    const began = Date.now();
    const backBefore = await start(workers, before);
    let front = await start(doors, before);
    const [api, status] = front as [RoleProcess, RoleProcess];
    load = startLoad({ apiUrl: api.url, statusUrl: status.url, mark: 'release' }, { random: random('releases'), perSecond: 2 });
    await ended(5);

    // A roll-out: first the schema, then the doors.
    await setUp({ databaseUrl: database, brokers: kafka.brokers, passwords: new Map() });
    await stop(front);
    front = await start(doors, root);
    await ended(8);

    // Then those behind, beside the ones that go; and a roll-back of the doors alone.
    const back = await start(workers, root);
    await ended(8);
    await stop(backBefore);
    await stop(front);
    front = await start(doors, before);
    await ended(8);
    load.close();

    await vi.waitFor(async () => {
      const { pending } = await pendingIn(database);
      expect({ ...pending, customers: load!.waiting }).toEqual({
        orders: 0,
        effects: 0,
        outbox: 0,
        bookmarks: 0,
        pictures: 0,
        mails: 0,
        customers: 0,
      });
    }, soon);
    await load.goHome();
    await stop([...front, ...back]);
    expect(load.surprises).toEqual([]);

    const books = path.join(dir, 'world');
    const evidence = {
      ...(await fromDatabase(database)),
      accepted: load.accepted,
      seen: load.seen,
      records: await fromKafka(kafka.brokers),
      spilt: [],
      faults: [],
      gateway: bookOf(books, 'gateway'),
      printer: bookOf(books, 'printer'),
      carrier: bookOf(books, 'carrier'),
      mails: mail.ledger,
    };
    // What is at rest is looked through by the laboratory.
    const wrong = checks.filter(({ name }) => name !== 'personal').map(({ name, look }) => [name, look(evidence)]);
    expect(wrong.filter(([, findings]) => findings!.length > 0)).toEqual([]);
    console.log(`${release}: ${load.accepted.length} orders ended, ${Date.now() - began} ms`);
  });
});
