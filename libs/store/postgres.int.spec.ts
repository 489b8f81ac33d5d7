import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { freshDatabase } from '../../test/setup/database.js';
import { storeContract } from './contract.js';
import {
  Database,
  fileUndecodable,
  forget,
  isOutage,
  listDeadLetters,
  outboxAge,
  park,
  postgresEventStore,
  readOutbox,
  redriveDeadLetters,
  takeLease,
  type Tx,
} from './index.js';

let db: Database;
let admin: Database;
let drop: () => Promise<void>;
beforeAll(async () => {
  const fresh = await freshDatabase();
  db = new Database({ url: fresh.url, role: 'backroom_host' });
  admin = new Database({ url: fresh.url, connections: 2 });
  drop = fresh.drop;
});
afterAll(async () => {
  await Promise.all([db.close(), admin.close()]);
  await drop();
});

storeContract('PostgreSQL', () => ({ store: postgresEventStore, transaction: (work) => db.transaction(work) }));

const meta = { lane: 'standard' } as const;
const at = '2026-11-24T08:00:00.000Z';
const append =
  (stream: string, expected: number, ...types: string[]) =>
  (tx: Tx) =>
    postgresEventStore.append(tx, [{ stream, expected, at, meta, events: types.map((type) => ({ type, data: {} })) }]);

describe('the streams', () => {
  it('can be neither changed nor deleted by the shop', async () => {
    await db.transaction(append('order:grant', 0, 'A'));
    await expect(db.run('t1', `UPDATE events SET type = 'B'`, [])).rejects.toThrow('permission denied');
    await expect(db.run('t2', 'DELETE FROM events', [])).rejects.toThrow('permission denied');
  });

  it('take nothing of a transaction that is rolled back', async () => {
    const failing = db.transaction(async (tx) => {
      await append('order:rolled-back', 0, 'A')(tx);
      throw new Error('and if the process dies here?');
    });
    await expect(failing).rejects.toThrow('dies here');
    const read = await db.transaction((tx) => postgresEventStore.load(tx, [{ stream: 'order:rolled-back', after: 0 }]));
    expect(read.size).toBe(0);
  });

  it('refuses an event that no broker would take', async () => {
    const big = { stream: 'order:big', expected: 0, at, meta, events: [{ type: 'A', data: { text: 'x'.repeat(600_000) } }] };
    await expect(db.transaction((tx) => postgresEventStore.append(tx, [big]))).rejects.toThrow('at most');
  });
});

describe('a connection', () => {
  it('that breaks inside a transaction fails it alone, between two statements too, and is replaced', async () => {
    const said: Error[] = [];
    const onError = (error: Error): void => void said.push(error);
    process.once('uncaughtException', onError);
    const broken = db.transaction(async (tx) => {
      const [row] = await tx.run<{ pid: number }>('t-pid', 'SELECT pg_backend_pid() AS pid', []);
      await admin.run('t-kill', 'SELECT pg_terminate_backend($1)', [row!.pid]);
      // Until its end has come in, with no statement of ours under way.
      await vi.waitFor(async () =>
        expect(await admin.run('t-gone', 'SELECT FROM pg_stat_activity WHERE pid = $1', [row!.pid])).toEqual([]),
      );
      await new Promise((turn) => setTimeout(turn, 50));
      await tx.run('t-after', 'SELECT 1', []);
    });
    await expect(broken).rejects.toSatisfy(isOutage);
    expect(await db.run('t-again', 'SELECT 1 AS one', [])).toEqual([{ one: 1 }]);
    process.off('uncaughtException', onError);
    expect(said).toEqual([]);
  });
});

describe('locks', () => {
  it('taken out of order are told at once', async () => {
    const wrong = db.transaction(async (tx) => {
      tx.locks('effect');
      tx.locks('bookmark');
    });
    await expect(wrong).rejects.toThrow('Locks out of order');
  });
});

describe('the outbox', () => {
  const kinds = ['order'];
  it('holds what was appended until it is forgotten under the lease that was read with', async () => {
    await admin.run('t3', 'DELETE FROM outbox', []);
    await db.transaction(append('order:out', 0, 'A', 'B'));
    const lease = (await takeLease(db, 'relay', 'one', 60_000))!;
    const batch = await readOutbox(db, 'standard', { kinds, most: 10 });
    expect(batch.map(({ news }) => [news.id, news.type])).toEqual([
      ['order:out/1', 'A'],
      ['order:out/2', 'B'],
    ]);
    expect(await readOutbox(db, 'standard', { kinds, onTheWay: batch.map(({ id }) => id), most: 10 })).toEqual([]);
    expect(await forget(db, 'standard', [batch[0]!.id], lease)).toBe(true);
    expect((await readOutbox(db, 'standard', { kinds, most: 10 })).map(({ news }) => news.version)).toEqual([2]);
    // Frozen meanwhile: another leads, and this one's delete does nothing.
    await admin.run('t4', `UPDATE leases SET until = now() - interval '1 second'`, []);
    expect((await takeLease(db, 'relay', 'two', 60_000))!.epoch).not.toBe(lease.epoch);
    expect(await forget(db, 'standard', [batch[1]!.id], lease)).toBe(false);
    expect((await outboxAge(db)).count).toBe(1);
  });

  it('keeps what only a later build can publish, and lets others pass', async () => {
    await admin.run('t3', 'DELETE FROM outbox', []);
    await db.transaction(append('gift:early', 0, 'A'));
    await db.transaction(append('order:late', 0, 'A'));
    expect((await readOutbox(db, 'standard', { kinds, most: 1 })).map(({ news }) => news.stream)).toEqual(['order:late']);
    expect((await readOutbox(db, 'standard', { kinds: ['gift'], most: 1 })).map(({ news }) => news.stream)).toEqual(['gift:early']);
  });

  it('lets others pass a stream that is parked', async () => {
    await admin.run('t3', 'DELETE FROM outbox', []);
    await db.transaction(append('order:poison', 0, 'A'));
    await db.transaction(append('order:sound', 0, 'A'));
    await park(db, 'order:poison', 'too large');
    expect((await readOutbox(db, 'standard', { kinds, most: 10 })).map(({ news }) => news.stream)).toEqual(['order:sound']);
    expect(await outboxAge(db)).toMatchObject({ count: 2, parked: 1 });
  });
});

describe('a record that nobody could read', () => {
  it('has all of its stream told again, once for all who could not: whoever was to hear of it may not listen for the last', async () => {
    const key = 'order:unread';
    await db.transaction(append(key, 0, 'A', 'B', 'C'));
    await db.run('t-clear', 'DELETE FROM outbox WHERE stream = $1', [key]);
    const record = { topic: 'orders', partition: 0, offset: '1', type: 'A', cause: 'It is no JSON.', at };
    await fileUndecodable(db, [
      { ...record, key, consumer: 'payments' },
      { ...record, key, consumer: 'fulfilment' },
      { ...record, key: 'no stream', consumer: 'fulfilment', offset: '2' },
    ]);
    expect(await db.transaction((tx) => redriveDeadLetters(tx, { topic: 'orders', most: 10 }, 'operator'))).toHaveLength(3);
    expect(await listDeadLetters(db, { most: 10 })).toEqual([]);
    const told = await admin.run('t-told', 'SELECT stream, version FROM outbox WHERE stream IN ($1, $2) ORDER BY id', [key, 'no stream']);
    expect(told).toEqual([1, 2, 3].map((version) => ({ stream: key, version })));
  });
});
