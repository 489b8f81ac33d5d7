import { EmbeddedBus, type News } from '#libs/bus';
import { createLog } from '#libs/host';
import { Duties, Lags } from '#libs/platform';
import { type Database, postgresEventStore, remembering } from '#libs/store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../test/setup/database.js';
import { viewsOf } from '#libs/order-status';
import { Projection } from './projection.js';

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => void ({ db, close } = await openDatabase()));
afterAll(() => close());

const at = new Date().toISOString();
const line = { sku: 'MUG', name: 'Mug', quantity: 1, unitPrice: { amount: 1299, currency: 'EUR' } };
const placed = { type: 'OrderPlaced', data: { lines: [line], total: line.unitPrice, priority: 'standard' } };

async function order(...events: { type: string; data: unknown }[]): Promise<News> {
  const stream = `order:${crypto.randomUUID()}`;
  await db.transaction((tx) => postgresEventStore.append(tx, [{ stream, expected: 0, at, meta: { lane: 'standard' }, events }]));
  return { id: stream, stream, version: events.length, type: 'OrderPlaced', lane: 'standard', at, data: {} };
}
const rowOf = async ({ stream }: News) =>
  (await db.run('t-row', 'SELECT version, status FROM order_status WHERE id = $1', [stream.slice('order:'.length)]))[0];

describe('the projection', () => {
  const bus = new EmbeddedBus();
  const log = createLog({ level: 'silent', readable: false, role: 'test', instance: 'test' });
  const projection = () => new Projection(bus, db, remembering(postgresEventStore), log, new Lags(bus), new Duties(['status']));

  it('keeps the newest picture, in whatever order and however often the news come', async () => {
    const news = await order(placed, { type: 'PhotosReady', data: {} }, { type: 'StockReserved', data: {} });
    await projection().hear([news, { ...news, version: 1 }, news]);
    await projection().hear([{ ...news, version: 2 }]);
    expect(await rowOf(news)).toEqual({ version: 3, status: 'paying' });
  });

  it('lets nobody wait for a stream that cannot be folded, and notes why', async () => {
    const good = await order(placed);
    const bad = await order({ type: 'OrderPlaced', data: { lines: null } });
    await projection().hear([bad, good]);
    expect(await rowOf(good)).toEqual({ version: 1, status: 'placed' });
    expect(await db.run('t-dead', 'SELECT attempts, error IS NOT NULL AS told FROM bookmarks WHERE stream = $1', [bad.stream])).toEqual([
      { attempts: 1, told: true },
    ]);
  });

  it('stops short of an event of a later build, which that build then takes up', async () => {
    const news = await order(placed, { type: 'GiftWrapped', data: {} }, { type: 'PhotosReady', data: {} });
    await projection().hear([news]);
    expect(await rowOf(news)).toEqual({ version: 1, status: 'placed' });
    // Shown it is all the same.
    expect((await viewsOf(db, [news.stream])).get(news.stream)).toMatchObject({ version: 3 });
  });

  it('makes a picture anew that another fold has made', async () => {
    const news = await order(placed);
    await projection().hear([news]);
    await db.run('t-old', `UPDATE order_status SET fold = 0, status = 'failed', view = '{"status":"failed","version":1}'`, []);
    expect((await viewsOf(db, [news.stream])).get(news.stream)).toMatchObject({ status: 'placed', version: 1 });
    await projection().hear([news]);
    expect(await rowOf(news)).toEqual({ version: 1, status: 'placed' });
    // A build that is older than the row leaves it alone.
    await db.run('t-new', `UPDATE order_status SET fold = 99, status = 'paying'`, []);
    await projection().hear([news]);
    expect(await rowOf(news)).toMatchObject({ status: 'paying' });
  });
});
