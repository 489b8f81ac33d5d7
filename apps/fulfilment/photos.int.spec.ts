import { order, type OrderEvent } from '#libs/order';
import { postgresEventStore, type Database } from '#libs/store';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDatabase } from '../../test/setup/database.js';
import { photosOf } from './photos.js';

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => void ({ db, close } = await openDatabase({ role: 'backroom_fulfilment' })));
afterAll(() => close());

const at = '2026-11-24T12:00:00.000Z';
const uploaded = { type: 'PhotoUploaded', data: { contentType: 'image/png', width: 4, height: 3, bytes: 9, object: 'o' } };
const ready = { type: 'PhotoReady', data: { width: 4, height: 3, renditions: [] } };
const rejected = { type: 'PhotoRejected', data: { detail: 'It is cut off.' } };
const erased = { type: 'PhotoErased', data: {} };

/** What is answered to an order of photos with these histories. @returns that, with the ids of the photos */
async function asked(...histories: (readonly { type: string; data: object }[])[]) {
  const ids = histories.map(() => crypto.randomUUID()).toSorted();
  const unitPrice = { amount: 29, currency: 'EUR' } as const;
  const lines = ids.map((photoId) => ({ sku: 'MUG', name: 'Mug', quantity: 1, unitPrice, photoId }));
  const placed: OrderEvent = { type: 'OrderPlaced', data: { lines, total: unitPrice, priority: 'standard' } };
  const stream = `order:${crypto.randomUUID()}`;
  const answers = await db.transaction(async (tx) => {
    const writes = ids.map((id, n) => ({
      stream: `photo:${id}`,
      expected: 0,
      events: histories[n]!,
      meta: { lane: 'standard' as const },
      at,
    }));
    await postgresEventStore.append(tx, writes);
    return photosOf(tx, new Map([[stream, order.evolve(order.initial, placed, at)]]));
  });
  const waits = await db.run<{ photo: string }>('t-waits', 'SELECT photo FROM photo_waits WHERE stream = $1', [stream]);
  return { ids, answer: answers.get(stream), waits: waits.map(({ photo }) => photo.slice(6)) };
}

it('an order whose photos are all ready may go on', async () => {
  expect(await asked([uploaded, ready], [uploaded, ready])).toMatchObject({ answer: { ready: true }, waits: [] });
});

it('one with a photo that is being rendered leaves word with it', async () => {
  const { ids, answer, waits } = await asked([uploaded, ready], [uploaded]);
  expect([answer, waits]).toEqual([{ waiting: true }, [ids[1]]]);
});

it.each([
  ['rejected', [uploaded, rejected], 'It is cut off.'],
  ['erased since it was ordered', [uploaded, ready, erased], 'This photo has been deleted.'],
])('one with a photo that was %s waits for no other', async (_, history, detail) => {
  const { ids, answer, waits } = await asked([uploaded], history);
  expect([answer, waits]).toEqual([{ rejected: ids[1], detail }, []]);
});
