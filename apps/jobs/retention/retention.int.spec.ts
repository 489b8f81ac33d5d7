import type { Stored } from '#libs/decider';
import { FilesystemObjects } from '#libs/objects';
import { orderView, readOrderEvent } from '#libs/order';
import type { Database } from '#libs/store';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
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
let objects: FilesystemObjects;
const store = mkdtempSync(path.join(os.tmpdir(), 'backroom-retention-'));
beforeAll(async () => {
  ({ db, url, close } = await openDatabase({ role: 'backroom_jobs' }));
  objects = await FilesystemObjects.open(store);
});
afterAll(async () => {
  await close();
  rmSync(store, { recursive: true });
});
const sql = <R extends Record<string, unknown>>(text: string) => query<R>(url, text);
beforeEach(async () => {
  await sql(`
    TRUNCATE events, outbox, personal, effects, bookmarks, webhook_tries, used_seals, dead_letter_log, workers, runs, run_log, jobs, loose_photos;
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
  readonly photo?: string;
}

/** An order with its customer, completed and written to unless told otherwise. @returns its id */
async function placed({
  daysAgo,
  types = [...completed, ...sent, 'OrderCompleted'],
  name = 'Ada',
  webhook,
  photo,
}: Given): Promise<string> {
  const at = Date.now() - daysAgo * dayMs;
  const id = uuidv7({ msecs: at });
  const unitPrice = { amount: 29, currency: 'EUR' };
  const facts = ['OrderPlaced', ...types].map((what, n) => {
    const [type, kind] = what.split(' ');
    const data =
      n === 0
        ? { lines: [{ sku: 'MUG', name: 'Mug', quantity: 1, unitPrice, photoId: photo }], total: unitPrice, priority: 'standard' }
        : { kind };
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
/** A photo that is rendered, with a word in each of its images. @returns its id */
async function uploaded(daysAgo: number, word = 'x'): Promise<string> {
  const id = uuidv7({ msecs: Date.now() - daysAgo * dayMs });
  const [original, thumb] = [`photos/${id}/original`, `photos/${id}/v1/thumb.jpg`];
  for (const name of [original, thumb]) await objects.put(name, Buffer.from(`Exif ${word}`));
  const rendition = { name: 'thumb', width: 1, height: 1, contentType: 'image/jpeg', object: thumb };
  await db.run(
    't-photo',
    `INSERT INTO events VALUES ($1, 1, 'PhotoUploaded', $2, '{"lane":"standard"}', now()), ($1, 2, 'PhotoReady', $3, '{"lane":"standard"}', now())`,
    [
      `photo:${id}`,
      JSON.stringify({ contentType: 'image/jpeg', width: 1, height: 1, bytes: 1, object: original }),
      JSON.stringify({ width: 1, height: 1, renditions: [rendition] }),
    ],
  );
  return id;
}
/** Those of which images are there. */
const pictured = () =>
  readdirSync(store, { recursive: true, encoding: 'utf8' })
    .flatMap((file) => /^photos\/([^/]+)$/.exec(file)?.[1] ?? [])
    .toSorted();
const erasedPhotos = async () =>
  (await sql<{ stream: string }>(`SELECT stream FROM events WHERE type = 'PhotoErased' ORDER BY stream`)).map(({ stream }) =>
    stream.slice(6),
  );

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
    const { result, log } = await runThrough(db, retention(90, objects));
    expect(result).toEqual({ erased: 1, waiting: 0, photos: 0, accounts: 0, accountsWaiting: 0, dropped: {}, rewritten: true });
    expect(log).toEqual(['info: 1 orders were erased.']);
    expect(await people()).toEqual([young]);
    expect((await typesOf(old)).at(-1)).toBe('PersonalDataErased');
    expect(await typesOf(young)).not.toContain('PersonalDataErased');
    expect(await sql('SELECT stream, lane FROM outbox')).toEqual([{ stream: `order:${old}`, lane: 'standard' }]);
    expect((await runThrough(db, retention(90, objects))).result.erased).toBe(0);
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
    await runThrough(db, retention(90, objects));
    expect(await view()).toEqual({ ...before, version: before.version + 1, updatedAt: expect.any(String), erased: true });
  });

  it.each(['cancelled', 'failed'])('is erased of one that has %s, too', async (how) => {
    const type = how === 'failed' ? 'OrderFailed' : 'OrderCancelled';
    await placed({ daysAgo: 91, types: ['PhotosReady', 'StockRefused', type, 'NotificationSent order-cancelled'] });
    expect((await runThrough(db, retention(90, objects))).result.erased).toBe(1);
  });

  it('with 0 days goes at the next run', async () => {
    await placed({ daysAgo: 0.01 });
    expect((await runThrough(db, retention(0, objects))).result.erased).toBe(1);
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
    const { result, log } = await runThrough(db, retention(90, objects));
    expect(result).toMatchObject({ erased: 0, waiting: 1 });
    expect(log).toEqual(['info: 1 orders whose time has come are under way, or still owed something.']);
    expect(await people()).toEqual([id]);
    if (!settle) return;
    await settle(id);
    expect((await runThrough(db, retention(90, objects))).result).toMatchObject({ erased: 1, waiting: 0 });
  });

  it('is waited for no longer than a week, be a mail due or not', async () => {
    await placed({ daysAgo: 98, types: [...completed, 'OrderCompleted'] });
    expect((await runThrough(db, retention(90, objects))).result.erased).toBe(1);
  });

  it('is erased at once where it is asked for, of that order alone; of one under way as soon as it has ended', async () => {
    const [asked, other, open] = [
      await placed({ daysAgo: 1 }),
      await placed({ daysAgo: 100 }),
      await placed({ daysAgo: 1, types: ['PhotosReady'] }),
    ];
    const unknown = uuidv7();
    const { result, log } = await runThrough(db, retention(90, objects), { orders: [asked, open, unknown] });
    expect(result).toMatchObject({ erased: 1, waiting: 1 });
    expect(log).toContain(`info: ${unknown} has no personal data, or there is no such order.`);
    expect(await people()).toEqual([other, open].toSorted());
    await sql(`INSERT INTO events VALUES ('order:${open}', 3, 'StockRefused', '{}', '{}', now()), ('order:${open}', 4, 'OrderFailed', '{}', '{}', now()),
      ('order:${open}', 5, 'NotificationSent', '{"kind":"order-cancelled"}', '{}', now())`);
    await runThrough(db, retention(90, objects));
    expect(await people()).toEqual([]);
  });

  it('of more than one step has all', async () => {
    for (let n = 0; n < 450; n++) await placed({ daysAgo: 91 + n / 100 });
    expect((await runThrough(db, retention(90, objects))).result).toMatchObject({ erased: 450, waiting: 0 });
  });

  it('is in no file of the database or the store any more, among others that are; the log of changes has it until that is written over', async () => {
    const canary = `canary${crypto.randomUUID().replaceAll('-', '')}`;
    // Behind others on its page, where a VACUUM frees its place and leaves the bytes.
    const neighbours = [await placed({ daysAgo: 1 }), await placed({ daysAgo: 1 })];
    await placed({ daysAgo: 91, name: canary, photo: await uploaded(92, canary) });
    const [{ dir, oid } = {}] = await sql<{ dir: string; oid: string }>(
      `SELECT current_setting('data_directory') AS dir, oid::text FROM pg_database WHERE datname = current_database()`,
    );
    const found = async () => {
      await sql('CHECKPOINT');
      const words = [canary, Buffer.from(canary).toString('hex'), ...inBase64(canary)];
      return { ...filesWith(words, dir!, path.join('base', oid!)), images: filesWith(words, store, '').data };
    };
    expect(await found()).toEqual({ images: 2, data: 1, log: expect.toSatisfy((n: number) => n > 0) });
    expect((await runThrough(db, retention(90, objects))).result).toMatchObject({ erased: 1 });
    expect(await found()).toMatchObject({ images: 0, data: 0 });
    expect(await people()).toEqual(expect.arrayContaining(neighbours));
  });
});

describe('a photo', () => {
  beforeEach(() => rmSync(path.join(store, 'photos'), { recursive: true, force: true }));

  it('is erased with the order it belongs to, by a fact that goes out as news, and then its images', async () => {
    const photo = await uploaded(92);
    await placed({ daysAgo: 91, photo });
    const { result, log } = await runThrough(db, retention(90, objects));
    expect(result).toMatchObject({ erased: 1, photos: 1 });
    expect(log).toContain('info: 1 photos were erased.');
    expect([await erasedPhotos(), pictured()]).toEqual([[photo], []]);
    expect(await sql(`SELECT version, lane FROM outbox WHERE stream = 'photo:${photo}'`)).toEqual([{ version: 3, lane: 'standard' }]);
    expect((await runThrough(db, retention(90, objects))).result.photos).toBe(0);
  });

  it('stays while another order has it, and goes with the last', async () => {
    const photo = await uploaded(92);
    await placed({ daysAgo: 91, photo });
    const young = await placed({ daysAgo: 89, photo });
    // More than are seen at once.
    await sql(
      `INSERT INTO personal SELECT 'order:00000000-0000-7000-8000-' || lpad(n::text, 12, '0'), 'customer', '{}' FROM generate_series(1, 2100) n`,
    );
    expect((await runThrough(db, retention(90, objects))).result).toMatchObject({ erased: 1, photos: 0 });
    expect(pictured()).toEqual([photo]);
    expect((await runThrough(db, retention(90, objects), { orders: [young] })).result).toMatchObject({ erased: 1, photos: 1 });
    expect(pictured()).toEqual([]);
  });

  it('goes with the order that is asked for, however young it is, and no other does', async () => {
    const [photo, other] = [await uploaded(1), await uploaded(200)];
    const asked = await placed({ daysAgo: 1, photo });
    expect((await runThrough(db, retention(90, objects), { orders: [asked] })).result).toMatchObject({ erased: 1, photos: 1 });
    expect(pictured()).toEqual([other]);
  });

  it('that nobody has ordered goes after the term, and not within a day', async () => {
    const [old, young, open] = [await uploaded(91), await uploaded(89), await uploaded(91)];
    await placed({ daysAgo: 91, types: completed, photo: open });
    expect((await runThrough(db, retention(90, objects))).result).toMatchObject({ photos: 1 });
    expect([await erasedPhotos(), pictured()]).toEqual([[old], [young, open].toSorted()]);
    const today = await uploaded(0.9);
    expect((await runThrough(db, retention(0, objects))).result).toMatchObject({ photos: 1 });
    expect(pictured()).toEqual([open, today].toSorted());
  });

  it('that was ordered while the run was at it stays', async () => {
    const photo = await uploaded(92);
    const job = retention(90, objects);
    let fresh = false;
    const meanwhile: typeof job = {
      ...job,
      async step(tx, was, run) {
        if (was.phase === 'photos' && !fresh) {
          fresh = true;
          await placed({ daysAgo: 0, types: [], photo });
        }
        return job.step(tx, was, run);
      },
    };
    expect((await runThrough(db, meanwhile)).result).toMatchObject({ photos: 0 });
    expect(pictured()).toEqual([photo]);
  });

  it('whose images could not be deleted has them deleted by the next run', async () => {
    const photo = await uploaded(92);
    await placed({ daysAgo: 91, photo });
    const broken = Object.assign(Object.create(objects) as FilesystemObjects, {
      list: () => objects.list('photos/'),
      delete: () => Promise.reject(new Error('Read-only.')),
    });
    await expect(runThrough(db, retention(90, broken))).rejects.toThrow('Read-only.');
    expect([await erasedPhotos(), pictured()]).toEqual([[photo], [photo]]);
    expect((await runThrough(db, retention(90, objects))).result).toMatchObject({ photos: 0 });
    expect(pictured()).toEqual([]);
  });

  it('with an event of a later build waits for that build', async () => {
    const photo = await uploaded(92);
    await sql(`INSERT INTO events VALUES ('photo:${photo}', 3, 'Tomorrow', '{}', '{"lane":"standard"}', now())`);
    expect((await runThrough(db, retention(90, objects))).result).toMatchObject({ photos: 0 });
    expect(pictured()).toEqual([photo]);
  });

  it('of more than one step: all go', async () => {
    const ids = await Promise.all(Array.from({ length: 130 }, (_, n) => uploaded(91 + n / 100)));
    expect((await runThrough(db, retention(90, objects))).result).toMatchObject({ photos: ids.length });
    expect(pictured()).toEqual([]);
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
    expect((await runThrough(db, retention(90, objects))).result.dropped).toEqual({ runs: 1, seals: 1, letters: 1 });
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
      `INSERT INTO effects (key, kind, stream, lane, input, state, ended_at)
       SELECT 'photo:' || id || ':render', 'render', 'photo:' || id, 'standard', '{}', 'done', now() - interval '40 days' FROM unnest(ARRAY ['${over}', '${known}']) AS id;
       INSERT INTO events VALUES ('photo:${over}', 1, 'PhotoErased', '{}', '{}', now())`,
    );
    // Somebody may still take note of it.
    expect((await runThrough(db, retention(90, objects))).result).toMatchObject({ erased: 5 - 1, dropped: {} });
    await sql(`UPDATE events SET at = at - interval '25 hours' WHERE type LIKE '%Erased'`);
    expect((await runThrough(db, retention(90, objects))).result).toMatchObject({ erased: 0, dropped: { streams: 2 } });
    for (const table of ['bookmarks', 'webhook_tries', 'effects']) {
      const left = await sql<{ stream: string }>(`SELECT DISTINCT stream FROM ${table} WHERE stream LIKE 'order:%' ORDER BY stream`);
      expect(left.map(({ stream }) => stream)).toEqual([dead, failing, late, known].map((id) => `order:${id}`).toSorted());
    }
    expect(await sql(`SELECT stream FROM effects WHERE stream LIKE 'photo:%'`)).toEqual([{ stream: `photo:${known}` }]);
  });
});

describe('whose an account was', () => {
  /** Its facts happened ten seconds one after the other. @returns its stream */
  async function account(daysAgo: number, ...types: string[]): Promise<string> {
    const at = Date.now() - daysAgo * dayMs;
    const stream = `account:${uuidv7({ msecs: at })}`;
    const facts = ['AccountOpened', ...types].map((type, n) => ({ version: n + 1, type, at: new Date(at + n * 10_000) }));
    await db.run(
      't-account',
      `INSERT INTO events SELECT $1, version, type, '{"ordersPerMinute":60,"merchant":"m_1","detail":"x"}', '{"lane":"standard"}', at
       FROM json_to_recordset($2) AS e (version int, type text, at timestamptz)`,
      [stream, JSON.stringify(facts)],
    );
    await sql(`INSERT INTO personal (stream, kind, data) VALUES ('${stream}', 'account', '{}')`);
    return stream;
  }
  const ready = ['MerchantOpened', 'WelcomeSent', 'AccountReady'];
  const known = async () => (await sql<{ stream: string }>('SELECT stream FROM personal ORDER BY stream')).map(({ stream }) => stream);

  const leave = (stream: string, kind: string, state: string) =>
    sql(`INSERT INTO effects (key, kind, stream, lane, input, state, ended_at)
      VALUES ('${stream}:${kind}', '${kind}', '${stream}', 'standard', '{}', '${state}', ${state === 'open' ? 'NULL' : 'now()'})`);

  it('is erased so many days after it was closed or refused, and never while it is open', async () => {
    const over = [
      await account(92, ...ready, 'AccountClosed', 'MerchantClosed'),
      await account(91, 'MerchantRefused', 'AccountRefused', 'RefusalSent'),
    ];
    const kept = [
      await account(2_000, ...ready),
      await account(1_999, 'MerchantOpened'),
      await account(200, ...ready, 'AccountClosed', 'MerchantClosed', 'Tomorrow'),
      await account(89, ...ready, 'AccountClosed', 'MerchantClosed'),
      await account(500, ...ready, 'AccountClosed', 'MerchantClosed'),
    ];
    await sql(`UPDATE events SET at = now() - interval '89 days' WHERE stream = '${kept.at(-1)}' AND type = 'AccountClosed'`);
    const { result, log } = await runThrough(db, retention(90, objects));
    // The event of a later build may owe it something.
    expect(result).toMatchObject({ erased: 0, accounts: 2, accountsWaiting: 1 });
    expect(log).toContain('info: 2 accounts were erased.');
    expect(await known()).toEqual(kept.toSorted());
    expect(await sql(`SELECT stream FROM events WHERE type = 'AccountErased' ORDER BY stream`)).toEqual(over.map((stream) => ({ stream })));
    expect((await runThrough(db, retention(90, objects))).result).toMatchObject({ accounts: 0 });
  });

  it.each<[string, string[], [kind: string, state: string]?]>([
    ['its merchant’s closing, a dead letter', [...ready, 'AccountClosed'], ['close-merchant', 'dead']],
    ['its merchant’s opening, a dead letter', ['AccountClosed'], ['open-merchant', 'dead']],
    ['an open effect', [...ready, 'AccountClosed', 'MerchantClosed'], ['account-mail', 'open']],
    ['a mail', ['MerchantRefused', 'AccountRefused']],
  ])('waits for %s, and for a week at most', async (_, types, left) => {
    const [early, late] = [await account(96, ...types), await account(98, ...types)];
    if (left) for (const stream of [early, late]) await leave(stream, ...left);
    const { result, log } = await runThrough(db, retention(90, objects));
    expect(result).toMatchObject({ accounts: 1, accountsWaiting: 1 });
    expect(log).toContain('info: 1 accounts whose time has come are still owed something.');
    expect(await known()).toEqual([early]);
  });

  it('of a mail that was given up waits for nothing', async () => {
    await leave(await account(91, 'MerchantRefused', 'AccountRefused', 'RefusalFailed'), 'account-mail', 'dead');
    expect((await runThrough(db, retention(90, objects))).result).toMatchObject({ accounts: 1, accountsWaiting: 0 });
  });

  it('is erased at once where it is asked for, of that account alone; of one that is open as soon as it is closed', async () => {
    const closed = [...ready, 'AccountClosed', 'MerchantClosed'];
    const [asked, other, open] = [await account(1, ...closed), await account(100, ...closed), await account(1, ...ready)];
    const unknown = uuidv7();
    const order = await placed({ daysAgo: 100 });
    const accounts = [asked, open].map((stream) => stream.slice(8)).concat(unknown);
    const { result, log } = await runThrough(db, retention(90, objects), { accounts });
    expect(result).toMatchObject({ erased: 0, accounts: 1, accountsWaiting: 0, rewritten: true });
    expect(log).toContain(`info: ${unknown} has no personal data, or there is no such account.`);
    expect(new Set(await known())).toEqual(new Set([other, open, `order:${order}`]));
    await sql(`INSERT INTO events VALUES ('${open}', 5, 'AccountClosed', '{}', '{}', now())`);
    expect((await runThrough(db, retention(90, objects), { accounts: [uuidv7()] })).result).toMatchObject({
      accounts: 0,
      accountsWaiting: 1,
    });
    await sql(`INSERT INTO events VALUES ('${open}', 6, 'MerchantClosed', '{}', '{}', now())`);
    expect((await runThrough(db, retention(90, objects))).result).toMatchObject({ erased: 1, accounts: 2 });
    expect(await known()).toEqual([]);
  });

  it('takes its effects along once all of it is over', async () => {
    const stream = await account(120, ...ready, 'AccountClosed', 'MerchantClosed');
    await sql(`INSERT INTO effects (key, kind, stream, lane, input, state, ended_at)
      VALUES ('${stream}:merchant', 'merchant', '${stream}', 'standard', '{}', 'done', now() - interval '119 days')`);
    await runThrough(db, retention(90, objects));
    await sql(`UPDATE events SET at = at - interval '25 hours' WHERE type = 'AccountErased'`);
    expect((await runThrough(db, retention(90, objects))).result.dropped).toEqual({ streams: 1 });
    expect(await sql('SELECT key FROM effects')).toEqual([]);
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
