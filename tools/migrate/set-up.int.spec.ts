import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import kafkajs from 'kafkajs';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { freePort } from '#tools/ports';
import { startPostgres, type Postgres } from '#tools/postgres';
import { loginUrl, setUp } from './index.js';

const roles = ['api', 'relay', 'fulfilment', 'payments', 'thumbnails', 'notifications', 'status', 'scheduler', 'jobs'];
const passwords = new Map(roles.map((role) => [role, `the-password-of-${role}`]));
const root = path.resolve(import.meta.dirname, '../..');

let dir: string;
let postgres: Postgres;
let first: string;
const serverLog: string[] = [];
// A server of its own: roles and their passwords are the server's, and its log is looked through.
beforeAll(async () => {
  dir = await mkdtemp(path.join(os.tmpdir(), 'backroom-migrate-'));
  await chmod(dir, 0o711);
  const settings = { fsync: 'off', log_statement: 'all' };
  postgres = await startPostgres({ dir: path.join(dir, 'postgres'), settings, log: (line) => serverLog.push(line) });
  first = await setUp({ databaseUrl: postgres.url, passwords });
});
afterAll(async () => {
  await postgres?.stop();
  await rm(dir, { recursive: true, force: true });
});

async function as(role: string, statement: string, password = passwords.get(role)!): Promise<unknown> {
  const client = new pg.Client({ connectionString: loginUrl(postgres.url, role, password) });
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

/** `node --conditions=source tools/migrate/main.ts` with nothing of our own environment but PATH. */
async function run(env: Record<string, string>): Promise<{ code: number; out: string; err: string }> {
  const args = ['--conditions=source', '--import', './test/setup/from-source.mjs', 'tools/migrate/main.ts'];
  const child = spawn(process.execPath, args, { cwd: root, env: { PATH: process.env.PATH, ...env } });
  let [out, err] = ['', ''];
  child.stdout.on('data', (text) => (out += text));
  child.stderr.on('data', (text) => (err += text));
  const [code] = (await once(child, 'close')) as [number];
  return { code, out, err };
}

describe('logins', () => {
  it('are the roles’, by their own passwords only', async () => {
    for (const role of roles) expect(await as(role, 'SELECT current_user AS who')).toEqual([{ who: `backroom_${role}` }]);
    await expect(as('api', 'SELECT 1', 'not-the-password')).rejects.toThrow('password authentication failed');
  });

  it('come to the same when set again, and follow a new password', async () => {
    expect(first).toMatch(/^\d+ migrations were run; api, relay, .* can log in; topics were left alone/);
    expect(await setUp({ databaseUrl: postgres.url, passwords })).toMatch(/^The database is up to date;/);
    expect(await as('relay', 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await setUp({ databaseUrl: postgres.url, passwords: new Map([['relay', 'another-password']]) });
    await expect(as('relay', 'SELECT 1')).rejects.toThrow('password authentication failed');
    expect(await as('relay', 'SELECT 1 AS one', 'another-password')).toEqual([{ one: 1 }]);
    expect(await as('api', 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await setUp({ databaseUrl: postgres.url, passwords });
  });

  it('leave no password in the server’s log', () => {
    const log = serverLog.join('\n');
    expect(log).toContain('ALTER ROLE "backroom_payments" LOGIN PASSWORD \'SCRAM-SHA-256$');
    for (const password of passwords.values()) expect(log).not.toContain(password);
  });

  it('of a role that does not exist change nothing', async () => {
    const wrong = new Map([
      ['status', 'another-password'],
      ['nobody', 'some-password'],
    ]);
    await expect(setUp({ databaseUrl: postgres.url, passwords: wrong })).rejects.toThrow('There is no role backroom_nobody');
    expect(await as('status', 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});

describe('grants', () => {
  it.each(roles)('%s can change no event, and become nobody else', async (role) => {
    await expect(as(role, `UPDATE events SET type = 'B'`)).rejects.toThrow('permission denied for table events');
    await expect(as(role, 'DELETE FROM events')).rejects.toThrow('permission denied for table events');
    await expect(as(role, 'TRUNCATE events')).rejects.toThrow('permission denied for table events');
    await expect(as(role, 'SET ROLE backroom_host')).rejects.toThrow('permission denied to set role');
    await expect(as(role, 'CREATE TABLE mine (id int)')).rejects.toThrow('permission denied for schema public');
  });

  it.each([
    ['payments', 'vault', ['payments']],
    ['persons', 'personal', ['api', 'notifications', 'status']],
    ['addresses', 'addresses', ['fulfilment']],
    ['merchants', 'merchants', ['payments']],
    ['stock', 'stock', ['api', 'fulfilment', 'jobs', 'status']],
    ['what runs have said', 'run_log', ['jobs', 'status']],
  ])('of %s: who may read', async (_, table, readers) => {
    const may = await Promise.all(
      roles.map((role) =>
        as(role, `SELECT * FROM ${table} LIMIT 1`).then(
          () => [role],
          () => [],
        ),
      ),
    );
    expect(may.flat().toSorted()).toEqual(readers);
  });
});

const workers = ['fulfilment', 'notifications', 'payments', 'status', 'thumbnails'];
describe('who writes', () => {
  it.each([
    ['effects', [...workers, 'jobs']],
    ['bookmarks', workers],
  ])('%s: not the door, not the relay, not the scheduler', async (table, writers) => {
    const may = await Promise.all(
      roles.map(async (role) => {
        const [row] = (await as(role, `SELECT has_table_privilege('${table}', 'INSERT, UPDATE') AS may`)) as { may: boolean }[];
        return row!.may ? [role] : [];
      }),
    );
    expect(may.flat().toSorted()).toEqual(writers.toSorted());
  });
});

describe('jobs', () => {
  it('erases persons without seeing who they are, and changes no card, stock or answer', async () => {
    expect(await as('jobs', 'SELECT stream, kind, delete_after FROM personal')).toEqual([]);
    expect(await as('jobs', 'DELETE FROM personal')).toEqual([]);
    for (const hidden of ['data', 'email_hmac'])
      await expect(as('jobs', `SELECT ${hidden} FROM personal`)).rejects.toThrow('permission denied for table personal');
    await expect(as('jobs', 'SELECT sealed FROM vault')).rejects.toThrow('permission denied for table vault');
    for (const table of ['vault', 'stock', 'stock_movements', 'products', 'idempotency', 'leases'])
      await expect(as('jobs', `DELETE FROM ${table}`)).rejects.toThrow(`permission denied for table ${table}`);
    await expect(as('jobs', 'UPDATE stock SET available = 0')).rejects.toThrow('permission denied for table stock');
  });
});

describe('the process', () => {
  it('says in one sentence what it did', async () => {
    const { code, out, err } = await run({ DATABASE_URL: postgres.url, DATABASE_PASSWORD_STATUS: passwords.get('status')! });
    expect([code, out, err]).toEqual([
      0,
      'The database is up to date; status can log in; topics were left alone, as KAFKA_BROKERS is not set.\n',
      '',
    ]);
  });

  it.each([
    ['a database that is away', { MIGRATE_WITHIN_SECONDS: '1' }, 'No database answered within 1 s.'],
    ['no password for a URL', { DATABASE_PASSWORD_API: 'p@ss/word' }, 'DATABASE_PASSWORD_API must be 8 to 200 characters'],
    ['partitions that are no number', { KAFKA_PARTITIONS: 'six' }, 'KAFKA_PARTITIONS must be a whole number from 1 to 1000, not "six".'],
  ])('ends with one sentence and 1: %s', async (_, env, sentence) => {
    const { code, out, err } = await run({ DATABASE_URL: `postgres://postgres:secret@127.0.0.1:${await freePort()}/postgres`, ...env });
    expect([code, out, err.trim().split('\n').length]).toEqual([1, '', 1]);
    expect(err).toContain(sentence);
    expect(err).not.toMatch(/secret|p@ss/);
  });

  it('ends with one sentence and 1: a broker that is away', async () => {
    const env = { KAFKA_BROKERS: `127.0.0.1:${await freePort()}`, MIGRATE_WITHIN_SECONDS: '1' };
    const { code, out, err } = await run({ DATABASE_URL: postgres.url, ...env });
    expect([code, out, err.trim().split('\n').length]).toEqual([1, '', 1]);
    expect(err).toMatch(/^The shop was not set up: After 1 s Kafka still does not make its topics/);
  });

  it('does not wait where that does not help', async () => {
    const DATABASE_URL = postgres.url.replace(/:[^:@]+@/, ':not-the-password@');
    const { code, err } = await run({ DATABASE_URL });
    expect([code, err]).toEqual([1, 'The shop was not set up: password authentication failed for user "postgres"\n']);
  });
});

describe.skipIf(inject('kafkaBrokers') === undefined)('topics', () => {
  it('are made with so many partitions, and get more, never fewer', async () => {
    const brokers = inject('kafkaBrokers')!;
    const admin = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING }).admin();
    await admin.connect();
    const partitions = async (): Promise<number[]> => {
      const { topics } = await admin.fetchTopicMetadata({ topics: ['orders', 'orders.express', 'photos.bulk'] });
      return topics.map((topic) => topic.partitions.length);
    };
    try {
      expect(await setUp({ databaseUrl: postgres.url, brokers, replication: 1 })).toMatch(/; 13 topics of 6 partitions are there\.$/);
      const before = await partitions();
      expect(Math.min(...before)).toBeGreaterThanOrEqual(6);
      await setUp({ databaseUrl: postgres.url, brokers, partitions: 3 });
      expect(await partitions()).toEqual(before);
      await setUp({ databaseUrl: postgres.url, brokers, partitions: Math.max(...before) + 1 });
      expect(new Set(await partitions())).toEqual(new Set([Math.max(...before) + 1]));
    } finally {
      await admin.disconnect();
    }
  });
});
