import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startShop } from './setup/shop.js';

let shop: Awaited<ReturnType<typeof startShop>>;
beforeAll(async () => {
  shop = await startShop();
});
afterAll(() => shop.stop());

const types = async (stream: string) => (await shop.history(stream)).map((event) => event.type);
const ended = (stream: string) =>
  vi.waitFor(async () => expect((await types(stream)).at(-1)).toMatch(/^(OrderCompleted|OrderFailed|OrderCancelled)$/), {
    timeout: 20_000,
    interval: 20,
  });
const booked = async (service: 'gateway' | 'printer' | 'carrier', stream: string) =>
  (await shop.ledger(service, stream)).map(({ operation, outcome }) => `${operation} ${outcome}`);

const untilPaid = ['OrderPlaced', 'PhotosReady', 'StockReserved', 'PaymentAuthorised', 'Printed', 'PaymentCaptured'];

describe('the road of an order', () => {
  it('leads to a parcel, and each of the outside hears of it once', async () => {
    const stream = await shop.place();
    await ended(stream);
    expect(await types(stream)).toEqual([...untilPaid, 'HandoverStarted', 'Shipped', 'OrderCompleted']);
    expect(await booked('gateway', stream)).toEqual(['authorise ok', 'capture ok']);
    expect(await booked('printer', stream)).toEqual(['print ok']);
    expect(await booked('carrier', stream)).toEqual(['ship ok']);
    expect(await shop.db.run('t-gone', 'SELECT FROM vault WHERE stream = $1', [stream])).toEqual([]);
  });

  it.each([
    ['4000000000000002', ['PaymentDeclined', 'StockReleased', 'OrderFailed'], ['authorise declined']],
    ['4000000000009995', ['PaymentDeclined', 'StockReleased', 'OrderFailed'], ['authorise declined']],
  ])('ends where card %s is declined, and the stock goes back', async (card, end, book) => {
    const before = await shop.db.run('t-stock', 'SELECT available FROM stock WHERE sku = $1', ['MUG']);
    const stream = await shop.place({ card, sku: 'MUG' });
    await ended(stream);
    expect((await types(stream)).slice(3)).toEqual(end);
    expect(await booked('gateway', stream)).toEqual(book);
    expect(await shop.db.run('t-stock', 'SELECT available FROM stock WHERE sku = $1', ['MUG'])).toEqual(before);
  });

  it('keeps no card of an order that ends before it is charged', async () => {
    const stream = await shop.place({ sku: 'CANVAS-60X90', quantity: 101 });
    await ended(stream);
    expect(await types(stream)).toEqual(['OrderPlaced', 'PhotosReady', 'StockRefused', 'OrderFailed']);
    await vi.waitFor(async () => expect(await shop.db.run('t-gone', 'SELECT FROM vault WHERE stream = $1', [stream])).toEqual([]), {
      timeout: 5_000,
      interval: 20,
    });
  });

  it('takes a card that fails for a moment, with a new key', async () => {
    const stream = await shop.place({ card: '4000000000000119' });
    await ended(stream);
    expect((await types(stream)).slice(3, 5)).toEqual(['StepFailed', 'PaymentAuthorised']);
    expect(await booked('gateway', stream)).toEqual(['authorise error', 'authorise ok', 'capture ok']);
  });

  it('undoes everything when the capture fails', async () => {
    const stream = await shop.place({ card: '4000000000000341' });
    await ended(stream);
    expect((await types(stream)).slice(5)).toEqual(['CaptureFailed', 'PrintDiscarded', 'PaymentVoided', 'StockReleased', 'OrderFailed']);
    expect(await booked('gateway', stream)).toEqual(['authorise ok', 'capture declined', 'void ok']);
    expect(await booked('printer', stream)).toEqual(['print ok', 'discard ok']);
  });

  it('refunds when the carrier refuses the parcel', async () => {
    const stream = await shop.place({ postcode: '00000' });
    await ended(stream);
    expect((await types(stream)).slice(7)).toEqual([
      'ShipmentRefused',
      'PaymentRefunded',
      'PrintDiscarded',
      'StockReleased',
      'OrderFailed',
    ]);
    expect(await booked('gateway', stream)).toEqual(['authorise ok', 'capture ok', 'refund ok']);
  });

  it('sells the last piece once', async () => {
    const streams = await Promise.all(Array.from({ length: 130 }, () => shop.place({ sku: 'CANVAS-60X90', quantity: 1 })));
    await Promise.all(streams.map(ended));
    const ends = await Promise.all(streams.map(async (stream) => (await types(stream)).at(-1)));
    expect(ends.filter((end) => end === 'OrderCompleted')).toHaveLength(100);
    expect(await shop.db.run('t-stock', 'SELECT available FROM stock WHERE sku = $1', ['CANVAS-60X90'])).toEqual([{ available: 0 }]);
  });

  it('asks again with the same key when an answer is lost, and is not charged twice', async () => {
    await fetch(`${shop.world.url}/faults/gateway`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ operation: 'authorise', loseAnswers: 1 }),
    });
    const stream = await shop.place();
    await ended(stream);
    await fetch(`${shop.world.url}/faults`, { method: 'DELETE' });
    expect(await booked('gateway', stream)).toEqual(['authorise ok', 'capture ok']);
    expect((await types(stream)).slice(3, 5)).toEqual(['StepFailed', 'PaymentAuthorised']);
  });

  it('does the same when every message comes three times and in disorder', async () => {
    const streams = await Promise.all(Array.from({ length: 20 }, () => shop.place()));
    const again = setInterval(() => {
      void (async () => {
        for (const stream of streams) {
          const news = (await shop.history(stream)).map((event) => ({
            ...event,
            id: `${stream}/${event.version}`,
            lane: 'standard' as const,
          }));
          await shop.bus.publish('orders', [...news, ...news].toReversed());
        }
      })().catch(() => {});
    }, 20);
    await Promise.all(streams.map(ended));
    clearInterval(again);
    for (const stream of streams) {
      expect(await types(stream)).toEqual([...untilPaid, 'HandoverStarted', 'Shipped', 'OrderCompleted']);
      expect(await booked('gateway', stream)).toEqual(['authorise ok', 'capture ok']);
    }
  });
});
