import type { Stored } from '#libs/decider';
import { orderView, readOrderEvent } from '#libs/order';
import type { Database } from '#libs/store';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../../../test/setup/database.js';
import { query } from '../../../test/setup/query.js';
import { runThrough } from '../run-through.fixture.js';
import { retention } from './retention.js';

let db: Database;
let url: string;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, url, close } = await openDatabase({ role: 'backroom_jobs' }));
});
afterAll(() => close());
const sql = <R extends Record<string, unknown>>(text: string) => query<R>(url, text);
beforeEach(async () => {
  await sql(`
    TRUNCATE events, outbox, personal, effects, bookmarks, webhook_tries, used_seals, dead_letter_log, workers, runs, run_log, jobs;
    INSERT INTO workers (role, groups, consumers, effects) VALUES ('all', '[]', '{fulfilment,webhooks,status}', '{mail}');
    INSERT INTO jobs (name, description, input, missed, defaults) VALUES ('a-job', '', '{}', 'none', '{}')`);
});

const dayMs = 24 * 60 * 60_000;
const sent = ['NotificationSent order-confirmation', 'NotificationSent order-shipped'];
const completed = ['PhotosReady', 'StockReserved', 'PaymentAuthorised', 'Printed', 'PaymentCaptured', 'HandoverStarted', 'Shipped'];

interface Given {
  /** When it was placed; it ended a minute later. */
  readonly daysAgo: number;
  readonly types?: readonly string[];
  readonly name?: string;
  readonly webhook?: boolean;
}

/** An order with its customer, completed and written to unless told otherwise. @returns its id */
async function placed({ daysAgo, types = [...completed, ...sent, 'OrderCompleted'], name = 'Ada', webhook }: Given): Promise<string> {
  const at = Date.now() - daysAgo * dayMs;
  const id = uuidv7({ msecs: at });
  const unitPrice = { amount: 29, currency: 'EUR' };
  const facts = ['OrderPlaced', ...types].map((what, n) => {
    const [type, kind] = what.split(' ');
    const data =
      n === 0 ? { lines: [{ sku: 'MUG', name: 'Mug', quantity: 1, unitPrice }], total: unitPrice, priority: 'standard' } : { kind };
    return { stream: `order:${id}`, version: n + 1, type, data, at: new Date(at + (n && 60_000)) };
  });
  await db.run(
    't-place',
    `INSERT INTO events SELECT stream, version, type, data, $2, at
     FROM json_to_recordset($1) AS e (stream text, version int, type text, data json, at timestamptz)`,
    [JSON.stringify(facts), JSON.stringify({ lane: 'standard', webhook })],
  );
  await db.run(
    't-person',
    `INSERT INTO personal (stream, kind, data) VALUES ($1, 'customer', $2), ($1, 'cancellation', '{"reason":"x"}')`,
    [`order:${id}`, JSON.stringify({ customer: { name, email: `${name}@example.com` } })],
  );
  return id;
}
const effect = (id: string, state: string, daysAgo = 0, kind = 'mail') =>
  sql(`INSERT INTO effects (key, kind, stream, lane, input, state, ended_at) VALUES ('order:${id}:${kind}', '${kind}', 'order:${id}', 'standard', '{}',
    '${state}', ${state === 'open' ? 'NULL' : `now() - interval '${daysAgo} days'`})`);
const people = async () =>
  (await sql<{ stream: string }>('SELECT DISTINCT stream FROM personal ORDER BY 1')).map(({ stream }) => stream.slice(6));
const typesOf = async (id: string) =>
  (await sql<{ type: string }>(`SELECT type FROM events WHERE stream = 'order:${id}' ORDER BY version`)).map(({ type }) => type);

describe('who placed an order', () => {
  it('is erased so many days after its end, with a fact of its stream that goes out as news', async () => {
    const [old, young] = [await placed({ daysAgo: 91 }), await placed({ daysAgo: 89 })];
    const { result, log } = await runThrough(db, retention(90));
    expect(result).toEqual({ erased: 1, waiting: 0, dropped: {}, rewritten: true });
    expect(log).toEqual(['info: 1 orders were erased.']);
    expect(await people()).toEqual([young]);
    expect((await typesOf(old)).at(-1)).toBe('PersonalDataErased');
    expect(await typesOf(young)).not.toContain('PersonalDataErased');
    expect(await sql('SELECT stream, lane FROM outbox')).toEqual([{ stream: `order:${old}`, lane: 'standard' }]);
    expect((await runThrough(db, retention(90))).result.erased).toBe(0);
  });

  it('leaves a stream that folds to all that was seen before, but erased', async () => {
    const id = await placed({ daysAgo: 91 });
    const view = async () =>
      (
        await sql<{ type: string; data: unknown; meta: Stored['meta']; at: Date }>(
          `SELECT type, data, meta, at FROM events WHERE stream = 'order:${id}' ORDER BY version`,
        )
      ).reduce((was, fact) => orderView.evolve(was, readOrderEvent(fact)!, fact.at.toISOString()), orderView.initial);
    const before = await view();
    await runThrough(db, retention(90));
    expect(await view()).toEqual({ ...before, version: before.version + 1, updatedAt: expect.any(String), erased: true });
  });

  it.each(['cancelled', 'failed'])('is erased of one that has %s, too', async (how) => {
    const type = how === 'failed' ? 'OrderFailed' : 'OrderCancelled';
    await placed({ daysAgo: 91, types: ['PhotosReady', 'StockRefused', type, 'NotificationSent order-cancelled'] });
    expect((await runThrough(db, retention(90))).result.erased).toBe(1);
  });

  it('with 0 days goes at the next run', async () => {
    await placed({ daysAgo: 0.01 });
    expect((await runThrough(db, retention(0))).result.erased).toBe(1);
  });

  it.each<[string, Given, ((id: string) => Promise<unknown>)?, ((id: string) => Promise<unknown>)?]>([
    ['its end', { daysAgo: 91, types: completed }],
    ['a mail that is due', { daysAgo: 91, types: [...completed, sent[0]!, 'OrderCompleted'] }],
    ['an undoing', { daysAgo: 91, types: ['PhotosReady', 'StockReserved', 'OrderFailed', 'NotificationSent order-cancelled'] }],
    ['a type of tomorrow', { daysAgo: 91, types: [...completed, ...sent, 'OrderCompleted', 'Tomorrow'] }],
    [
      'an open effect',
      { daysAgo: 91 },
      (id) => effect(id, 'open'),
      (id) => sql(`UPDATE effects SET state = 'done' WHERE stream = 'order:${id}'`),
    ],
    [
      'a first call',
      { daysAgo: 91, webhook: true },
      undefined,
      (id) => sql(`INSERT INTO bookmarks VALUES ('webhooks', 'order:${id}', 11, 11)`),
    ],
    [
      'a call',
      { daysAgo: 91, webhook: true },
      (id) => sql(`INSERT INTO bookmarks VALUES ('webhooks', 'order:${id}', 10, 11)`),
      (id) => sql(`UPDATE bookmarks SET version = 11 WHERE stream = 'order:${id}'`),
    ],
  ])('waits for %s', async (_, given, owe, settle) => {
    const id = await placed(given);
    await owe?.(id);
    const { result, log } = await runThrough(db, retention(90));
    expect(result).toMatchObject({ erased: 0, waiting: 1 });
    expect(log).toEqual(['info: 1 orders whose time has come are under way, or still owed something.']);
    expect(await people()).toEqual([id]);
    if (!settle) return;
    await settle(id);
    expect((await runThrough(db, retention(90))).result).toMatchObject({ erased: 1, waiting: 0 });
  });

  it('is waited for no longer than a week, be a mail due or not', async () => {
    await placed({ daysAgo: 98, types: [...completed, 'OrderCompleted'] });
    expect((await runThrough(db, retention(90))).result.erased).toBe(1);
  });

  it('is erased at once where it is asked for, of that order alone; of one under way as soon as it has ended', async () => {
    const [asked, other, open] = [
      await placed({ daysAgo: 1 }),
      await placed({ daysAgo: 100 }),
      await placed({ daysAgo: 1, types: ['PhotosReady'] }),
    ];
    const unknown = uuidv7();
    const { result, log } = await runThrough(db, retention(90), { orders: [asked, open, unknown] });
    expect(result).toMatchObject({ erased: 1, waiting: 1 });
    expect(log).toContain(`info: ${unknown} has no personal data, or there is no such order.`);
    expect(await people()).toEqual([other, open].toSorted());
    await sql(`INSERT INTO events VALUES ('order:${open}', 3, 'StockRefused', '{}', '{}', now()), ('order:${open}', 4, 'OrderFailed', '{}', '{}', now()),
      ('order:${open}', 5, 'NotificationSent', '{"kind":"order-cancelled"}', '{}', now())`);
    await runThrough(db, retention(90));
    expect(await people()).toEqual([]);
  });

  it('of more than one step has all', async () => {
    for (let n = 0; n < 450; n++) await placed({ daysAgo: 91 + n / 100 });
    expect((await runThrough(db, retention(90))).result).toMatchObject({ erased: 450, waiting: 0 });
  });

  it('is in no file of the database any more, among others that are; the log of changes has it until that is written over', async () => {
    const canary = `canary${crypto.randomUUID().replaceAll('-', '')}`;
    // Behind others on its page, where a VACUUM frees its place and leaves the bytes.
    const neighbours = [await placed({ daysAgo: 1 }), await placed({ daysAgo: 1 })];
    await placed({ daysAgo: 91, name: canary });
    const [{ dir, oid } = {}] = await sql<{ dir: string; oid: string }>(
      `SELECT current_setting('data_directory') AS dir, oid::text FROM pg_database WHERE datname = current_database()`,
    );
    const found = async () => {
      await sql('CHECKPOINT');
      return filesWith([canary, Buffer.from(canary).toString('hex'), ...inBase64(canary)], dir!, path.join('base', oid!));
    };
    expect(await found()).toEqual({ data: 1, log: expect.toSatisfy((n: number) => n > 0) });
    expect((await runThrough(db, retention(90))).result).toMatchObject({ erased: 1 });
    expect(await found()).toMatchObject({ data: 0 });
    expect(await people()).toEqual(expect.arrayContaining(neighbours));
  });
});

describe('what was kept for the work', () => {
  it('goes after a month: ended runs with their log, seals, what was done about dead letters after a year', async () => {
    const run = (ended: string) => {
      const id = uuidv7({ msecs: Date.now() - 40 * dayMs });
      return sql(`INSERT INTO runs (id, job, trigger, input, alone, ended_at) VALUES ('${id}', 'a-job', 'http', '{}', false, ${ended});
        INSERT INTO run_log (run, at, level, message) VALUES ('${id}', now(), 'info', '')`);
    };
    await run(`now() - interval '31 days'`);
    await run(`now() - interval '29 days'`);
    await run('NULL');
    for (const days of [0, 2]) await sql(`INSERT INTO used_seals VALUES (gen_random_uuid(), 'order:x', now() - interval '${days} days')`);
    for (const days of [364, 366])
      await sql(
        `INSERT INTO dead_letter_log VALUES ('${uuidv7({ msecs: Date.now() - days * dayMs })}', 'dropped', 'operator', 'mail', NULL, now() - interval '${days} days')`,
      );
    expect((await runThrough(db, retention(90))).result.dropped).toEqual({ runs: 1, seals: 1, letters: 1 });
    const left = async (table: string) => (await sql<{ n: number }>(`SELECT count(*)::int AS n FROM ${table}`))[0]!.n;
    expect([await left('runs'), await left('run_log'), await left('used_seals'), await left('dead_letter_log')]).toEqual([2, 2, 1, 1]);
  });

  it('goes with its effects, bookmarks and calls once all of it is over and the order erased, and not before', async () => {
    const work = async (id: string) => {
      await effect(id, 'done', 100, 'print');
      await sql(`INSERT INTO bookmarks VALUES ('fulfilment', 'order:${id}', 11, 11);
        INSERT INTO webhook_tries VALUES ('order:${id}', 1, 'placed', 1, now())`);
    };
    const over = await placed({ daysAgo: 110 });
    const dead = await placed({ daysAgo: 110 });
    const failing = await placed({ daysAgo: 110 });
    const late = await placed({ daysAgo: 110 });
    const known = await placed({ daysAgo: 80 });
    for (const id of [over, dead, failing, late, known]) await work(id);
    await effect(dead, 'dead', 100);
    await effect(late, 'done', 1);
    await sql(`UPDATE bookmarks SET dead_at = now() WHERE stream = 'order:${failing}'`);
    await sql(
      `INSERT INTO effects (key, kind, stream, lane, input, state, ended_at) VALUES ('photo:${over}:render', 'render', 'photo:${over}', 'standard', '{}', 'done', now() - interval '40 days')`,
    );
    expect((await runThrough(db, retention(90))).result).toMatchObject({ erased: 5 - 1, dropped: { streams: 2 } });
    for (const table of ['bookmarks', 'webhook_tries', 'effects']) {
      const left = await sql<{ stream: string }>(`SELECT DISTINCT stream FROM ${table} ORDER BY stream`);
      expect(left.map(({ stream }) => stream)).toEqual([dead, failing, late, known].map((id) => `order:${id}`).toSorted());
    }
  });
});

/** How many of a server's files say one of these: of this database and all that is no database's, and of its log of changes. */
function filesWith(words: readonly string[], dir: string, own: string): { data: number; log: number } {
  const count = { data: 0, log: 0 };
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    const name = path.relative(dir, file);
    if (!entry.isFile() || (name.startsWith('base') && !name.startsWith(own + path.sep))) continue;
    let bytes;
    try {
      bytes = readFileSync(file);
    } catch {
      continue;
    }
    if (words.some((word) => bytes.includes(word))) count[name.startsWith('pg_wal') ? 'log' : 'data'] += 1;
  }
  return count;
}

/** Base64 hides a word at one of three places; its first and last characters depend on the neighbours. */
const inBase64 = (word: string): string[] =>
  [0, 1, 2].map((before) =>
    Buffer.from(' '.repeat(before) + word)
      .toString('base64url')
      .slice(before === 0 ? 0 : before + 1, -4),
  );
