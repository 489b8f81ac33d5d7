import { deleteAll, MemoryObjects } from '#libs/objects';
import { project } from '#libs/order-status';
import { Database, postgresEventStore } from '#libs/store';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../../../test/setup/database.js';
import { query } from '../../../test/setup/query.js';
import { runThrough } from '../run-through.fixture.js';
import { consistencyCheck } from './consistency-check.js';

let db: Database;
let owner: Database;
let url: string;
let close: () => Promise<void>;
let objects: MemoryObjects;
beforeAll(async () => {
  ({ db, url, close } = await openDatabase({ role: 'backroom_jobs' }));
  owner = new Database({ url, connections: 2 });
});
afterAll(async () => {
  await owner?.close();
  await close();
});
const sql = (text: string) => query(url, text);

const hourMs = 60 * 60_000;
const way = [
  'PhotosReady',
  'StockReserved',
  'PaymentAuthorised',
  'Printed',
  'PaymentCaptured',
  'HandoverStarted',
  'Shipped',
  'OrderCompleted',
];

/** An order as the shop leaves it: stream, stock, person, picture. @returns its id */
async function anOrder(types: readonly string[] = way, hoursAgo = 1): Promise<string> {
  const at = Date.now() - hoursAgo * hourMs;
  const id = uuidv7({ msecs: at });
  const unitPrice = { amount: 1299, currency: 'EUR' };
  const line = (quantity: number) => ({ sku: 'MUG', name: 'Mug', quantity, unitPrice });
  const facts = ['OrderPlaced', ...types].map((type, n) => ({
    stream: `order:${id}`,
    version: n + 1,
    type,
    data: n === 0 ? { lines: [line(1), line(2)], total: unitPrice, priority: 'standard' } : {},
    at: new Date(at),
  }));
  await owner.run(
    't-place',
    `INSERT INTO events SELECT stream, version, type, data, '{"lane":"standard"}', at
     FROM json_to_recordset($1) AS e (stream text, version int, type text, data json, at timestamptz)`,
    [JSON.stringify(facts)],
  );
  await sql(`INSERT INTO personal (stream, kind, data) VALUES ('order:${id}', 'customer', '{}')`);
  if (types.includes('StockReserved'))
    await sql(
      `INSERT INTO stock_movements VALUES ('order:${id}', 'reserve', 'MUG', -3); UPDATE stock SET available = available - 3 WHERE sku = 'MUG'`,
    );
  if (types.includes('StockReleased'))
    await sql(
      `INSERT INTO stock_movements VALUES ('order:${id}', 'release', 'MUG', 3); UPDATE stock SET available = available + 3 WHERE sku = 'MUG'`,
    );
  await project(owner, postgresEventStore, new Map([[`order:${id}`, facts.length]]));
  return id;
}

/** @returns its id */
async function anAccount(...types: string[]): Promise<string> {
  const id = uuidv7();
  for (const [n, type] of ['AccountOpened', ...types].entries())
    await sql(`INSERT INTO events VALUES ('account:${id}', ${n + 1}, '${type}', '{}', '{}', now())`);
  await sql(`INSERT INTO personal (stream, kind, data) VALUES ('account:${id}', 'account', '{}')`);
  return id;
}

async function aPhoto(): Promise<string> {
  const id = uuidv7();
  const [original, thumb] = [`photos/${id}/original`, `photos/${id}/1/thumb`];
  for (const name of [original, thumb]) await objects.put(name, Buffer.from('x'));
  const renditions = [{ name: 'thumb', width: 1, height: 1, contentType: 'image/jpeg', object: thumb }];
  await owner.run(
    't-photo',
    `INSERT INTO events VALUES ($1, 1, 'PhotoUploaded', $2, '{}', now()), ($1, 2, 'PhotoReady', $3, '{}', now())`,
    [
      `photo:${id}`,
      JSON.stringify({ contentType: 'image/jpeg', width: 1, height: 1, bytes: 1, object: original }),
      JSON.stringify({ width: 1, height: 1, renditions }),
    ],
  );
  return id;
}

let order: string;
let photo: string;
beforeEach(async () => {
  objects = new MemoryObjects();
  await sql(`TRUNCATE events, outbox, personal, vault, effects, bookmarks, parked, order_status;
    DELETE FROM stock_movements WHERE kind <> 'delivery'; UPDATE stock SET available = quantity FROM stock_movements m WHERE m.sku = stock.sku`);
  order = await anOrder();
  photo = await aPhoto();
});
const check = () => runThrough(db, consistencyCheck(objects));

it('finds nothing in what is as it should be: orders on every stretch of their way, ended in every way, erased', async () => {
  for (let n = 0; n < way.length; n++) await anOrder(way.slice(0, n));
  await anOrder(['PhotosRejected', 'OrderFailed']);
  await anOrder(['PhotosReady', 'StockRefused', 'OrderFailed']);
  await anOrder(['PhotosReady', 'StockReserved', 'PaymentDeclined', 'StockReleased', 'OrderFailed'], 24 * 90);
  await anOrder(['PhotosReady', 'Tomorrow']);
  const erased = await anOrder([...way, 'PersonalDataErased']);
  await sql(`DELETE FROM personal WHERE stream = 'order:${erased}'`);
  const gone = await aPhoto();
  await sql(`INSERT INTO events VALUES ('photo:${gone}', 3, 'PhotoErased', '{}', '{}', now())`);
  await deleteAll(objects, `photos/${gone}/`);
  await anAccount();
  const closed = await anAccount('KeyRenewed', 'KeyRenewed', 'AccountClosed', 'AccountErased');
  await sql(`DELETE FROM personal WHERE stream = 'account:${closed}'`);
  const { result, log } = await check();
  expect(result).toEqual({
    checked: { orders: 14, pictures: 14, people: 14, photos: 2, accounts: 2, objects: 2, products: 12, unpublished: 0 },
    found: 0,
    findings: [],
  });
  expect(log).toEqual([]);
});

const old = (what: string, days: number) => `UPDATE events SET at = now() - interval '${days} days' WHERE stream = '${what}'`;

describe('a planted fault is found by its name', () => {
  it.each<[string, () => Promise<unknown>, (() => string)?]>([
    ['order-history', () => sql(`UPDATE events SET type = 'Printed' WHERE type = 'PaymentCaptured'; DELETE FROM order_status`)],
    ['order-history', () => sql(`UPDATE events SET version = 99 WHERE type = 'OrderCompleted'; DELETE FROM order_status`)],
    ['order-picture', () => sql(`UPDATE order_status SET view = jsonb_set(view::jsonb, '{status}', '"failed"')`)],
    ['order-picture', () => sql(`UPDATE order_status SET version = 10`)],
    ['picture-behind', () => sql(`DELETE FROM order_status`)],
    ['picture-without-order', () => sql(`INSERT INTO order_status VALUES ('${photo}', 1, 'placed', '{}')`), () => photo],
    [
      'order-stock',
      async () =>
        sql(
          `INSERT INTO stock_movements VALUES ('order:${order}', 'release', 'MUG', 3); UPDATE stock SET available = available + 3 WHERE sku = 'MUG'`,
        ),
    ],
    ['order-still', async () => sql(`DELETE FROM events WHERE version > 4; DELETE FROM order_status; ${old(`order:${order}`, 3)}`)],
    ['person-missing', () => sql('DELETE FROM personal')],
    ['person-not-erased', () => sql(`INSERT INTO events VALUES ('order:${order}', 10, 'PersonalDataErased', '{}', '{}', now())`)],
    ['person-without-order', () => sql(`INSERT INTO personal VALUES ('order:${photo}', 'customer', '{}')`), () => photo],
    ['card-left', () => sql(`INSERT INTO vault VALUES ('order:${order}', 'x')`)],
    [
      'effect-left',
      () =>
        sql(
          `INSERT INTO effects (key, kind, stream, lane, input, at) VALUES ('order:${order}:x', 'mail', 'order:${order}', 'standard', '{}', now() - interval '3 days')`,
        ),
    ],
    [
      'photo-history',
      () => sql(`INSERT INTO events SELECT stream, 3, type, data, meta, at FROM events WHERE type = 'PhotoReady'`),
      () => photo,
    ],
    ['original-missing', () => objects.delete(`photos/${photo}/original`), () => photo],
    ['rendition-missing', () => objects.delete(`photos/${photo}/1/thumb`), () => photo],
    ['stock', () => sql(`UPDATE stock SET available = available + 1 WHERE sku = 'CANVAS-60X90'`), () => 'CANVAS-60X90'],
    ['unpublished', () => sql(`INSERT INTO outbox (lane, stream, version) VALUES ('standard', 'order:${order}', 2)`)],
  ])('%s', async (kind, plant, id = () => order) => {
    await plant();
    const { result, log } = await check();
    // An order's picture may be made anew by a plant of another kind.
    const named = result.findings.filter((one: { kind: string }) => one.kind === kind || one.kind !== 'picture-behind');
    expect(named).toEqual([{ kind, id: id(), detail: expect.stringMatching(/./) }]);
    expect(log).toContain(`error: ${kind} ${id()}: ${named[0].detail}`);
  });

  it.each<[string, string[], string?]>([
    ['account-history', ['AccountReady', 'AccountReady']],
    ['person-missing', [], 'DELETE FROM personal'],
    ['person-not-erased', ['AccountClosed', 'AccountErased']],
    ['person-without-order', [], 'DELETE FROM events'],
    ['account-still', [], `UPDATE events SET at = now() - interval '3 days'`],
    ['account-still', ['MerchantOpened', 'AccountClosed'], `UPDATE events SET at = now() - interval '3 days'`],
    [
      'effect-left',
      ['MerchantOpened', 'AccountClosed'],
      `INSERT INTO effects (key, kind, stream, lane, input, at) SELECT stream || ':x', 'close-merchant', stream, 'standard', '{}', now() - interval '3 days' FROM personal`,
    ],
  ])('of an account: %s', async (kind, types, plant) => {
    const id = await anAccount(...types);
    if (plant) await sql(`${plant} WHERE stream = 'account:${id}'`);
    expect((await check()).result.findings).toEqual([{ kind, id, detail: expect.stringMatching(/./) }]);
  });

  it.each(['none', 'erased'])('object-without-photo: %s', async (how) => {
    const id = uuidv7();
    await objects.put(`photos/${id}/original`, Buffer.from('x'));
    if (how === 'erased')
      await sql(
        `INSERT INTO events VALUES ('photo:${id}', 1, 'PhotoUploaded', '{}', '{}', now()), ('photo:${id}', 2, 'PhotoErased', '{}', '{}', now())`,
      );
    expect((await check()).result.findings).toEqual([]);
    const later = new MemoryObjects();
    later.list = async function* (prefix) {
      for await (const one of objects.list(prefix)) yield { ...one, at: new Date(Date.now() - 4 * 24 * hourMs) };
    };
    later.get = (name) => objects.get(name);
    const { result } = await runThrough(db, consistencyCheck(later));
    expect(result.findings).toEqual([
      { kind: 'object-without-photo', id, detail: `photos/${id}/original belongs to no photo, or to one that is erased.` },
    ]);
  });

  it('of too many the first thousand are told, and how many there are', async () => {
    await sql(`INSERT INTO personal SELECT 'order:' || gen_random_uuid(), 'customer', '{}' FROM generate_series(1, 2100)`);
    const { result, log } = await check();
    expect(result.found).toBe(2100);
    expect(result.findings).toHaveLength(1000);
    expect(log).toHaveLength(1001);
    expect(log.at(-1)).toBe('error: There are more than 1000.');
  });
});

describe('a run that another release has begun', () => {
  const from = (at: string | number) =>
    runThrough(db, { ...consistencyCheck(objects), start: () => ({ at, after: '', checked: {}, findings: [], found: 0 }) });

  it.each(['objects', 4])('goes on at the look that is meant by %s', async (at) => {
    expect(Object.keys((await from(at)).result.checked)).toEqual(['objects', 'products', 'unpublished']);
  });

  it('is left to that one where its look is not known', async () => {
    await expect(from('tomorrow')).rejects.toThrow('It is at a look that this build does not know: tomorrow.');
  });
});

describe('what only takes its time is no fault', () => {
  it.each<[string, () => Promise<unknown>]>([
    ['a picture of a minute ago', () => sql(`UPDATE events SET at = now() - interval '1 minute'; DELETE FROM order_status`)],
    [
      'a card that is about to go',
      () =>
        sql(
          `UPDATE events SET at = now() - interval '1 minute'; DELETE FROM order_status; INSERT INTO vault VALUES ('order:${order}', 'x')`,
        ),
    ],
    [
      'a call that is tried for a day',
      () =>
        sql(
          `INSERT INTO effects (key, kind, stream, lane, input, at) VALUES ('order:${order}:x', 'webhook', 'order:${order}', 'standard', '{}', now() - interval '1 day')`,
        ),
    ],
    [
      'an order whose bookmark is due',
      async () =>
        sql(
          `DELETE FROM events WHERE version > 4; DELETE FROM order_status; ${old(`order:${order}`, 3)}; INSERT INTO bookmarks (consumer, stream, head, due) VALUES ('payments', 'order:${order}', 4, now())`,
        ),
    ],
    [
      'an account whose opening was given up, which an operator sees to',
      async () => {
        const stream = `account:${await anAccount()}`;
        await sql(`UPDATE events SET at = now() - interval '3 days' WHERE stream = '${stream}';
          INSERT INTO effects (key, kind, stream, lane, input, state, ended_at) VALUES ('${stream}:x', 'open-merchant', '${stream}', 'standard', '{}', 'dead', now())`);
      },
    ],
    [
      'an account whose bookmark is due',
      async () => {
        const stream = `account:${await anAccount('MerchantOpened')}`;
        await sql(`UPDATE events SET at = now() - interval '3 days' WHERE stream = '${stream}';
          INSERT INTO bookmarks (consumer, stream, head, due) VALUES ('account-mails', '${stream}', 2, now())`);
      },
    ],
    [
      'what is parked',
      () =>
        sql(
          `INSERT INTO outbox (lane, stream, version) VALUES ('standard', 'order:${order}', 2); INSERT INTO parked VALUES ('order:${order}', 'too large')`,
        ),
    ],
  ])('%s', async (name, plant) => {
    await plant();
    const { findings } = (await check()).result;
    expect(findings.filter(({ kind }: { kind: string }) => kind !== 'picture-behind' || name.includes('picture'))).toEqual([]);
  });
});
