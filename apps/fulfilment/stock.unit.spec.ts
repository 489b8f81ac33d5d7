import { order, type Order, type OrderEvent } from '#libs/order';
import type { Tx } from '#libs/store';
import { expect, it } from 'vitest';
import { fulfilOrder } from './fulfil-order.js';

const after = (sku: string, ...events: OrderEvent[]): Order => {
  const lines = [{ sku, name: sku, quantity: 1, unitPrice: { amount: 1, currency: 'EUR' as const } }];
  const placed: OrderEvent = { type: 'OrderPlaced', data: { lines, total: lines[0]!.unitPrice, priority: 'standard' } };
  return [placed, ...events].reduce((state, event) => order.evolve(state, event, ''), order.initial);
};
const ready: OrderEvent = { type: 'PhotosReady', data: {} };

it('locks what a batch may take or give back once, all of it, before anything is moved', async () => {
  const asked: { name: string; skus: unknown }[] = [];
  const tx = {
    locks: () => {},
    run: async (name: string, _text: string, values: unknown[]) => {
      if (name.startsWith('stock')) asked.push({ name, skus: values.find((value) => Array.isArray(value)) });
      return name === 'stock-lock' ? (values[0] as string[]).map((sku) => ({ sku, available: 5 })) : [];
    },
  } as unknown as Tx;

  await fulfilOrder.need!(
    tx,
    new Map([
      ['order:1', after('takes', ready)],
      ['order:2', after('gives-back', ready, { type: 'StockReserved', data: {} }, { type: 'PaymentDeclined', data: { detail: '' } })],
      ['order:3', after('takes-in-the-next-turn')],
      ['order:4', after('has-what-it-wants', ready, { type: 'StockReserved', data: {} })],
    ]),
  );

  expect(asked.map(({ name }) => name)).toEqual(['stock-lock', 'stock-move', 'stock-move']);
  expect(asked[0]!.skus).toEqual(['takes', 'gives-back', 'takes-in-the-next-turn']);
});
