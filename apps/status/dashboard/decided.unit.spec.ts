import type { OrderEvent } from '#libs/order';
import { expect, it } from 'vitest';
import { decidedAfter } from './decided.js';

const line = { sku: 'MUG', name: 'Mug', quantity: 1, unitPrice: { amount: 1299, currency: 'EUR' as const } };
const placed: OrderEvent = { type: 'OrderPlaced', data: { lines: [line], total: line.unitPrice, priority: 'standard' } };
const decided = (...events: { type: string; data: unknown }[]) =>
  decidedAfter(
    events.map((event, n) => ({
      ...event,
      stream: 'order:one',
      version: n + 1,
      at: '2026-11-24T10:00:00.000Z',
      meta: { lane: 'standard' },
    })),
  );

it('says after each event what the policy wants next', () => {
  const events: OrderEvent[] = [
    placed,
    { type: 'PhotosReady', data: {} },
    { type: 'StockReserved', data: {} },
    { type: 'PaymentAuthorised', data: { authorisation: 'a' } },
    { type: 'Printed', data: { job: 'j' } },
    { type: 'CaptureFailed', data: { detail: 'declined' } },
    { type: 'PrintDiscarded', data: {} },
  ];
  expect(decided(...events)).toEqual([
    'Wait until its photos are rendered.',
    'Reserve the stock (fulfilment).',
    'Have the bank hold the total (payments).',
    'Print (fulfilment); send “order-confirmation” (notifications).',
    'Take the money (payments); send “order-confirmation” (notifications).',
    'Throw the prints away (fulfilment), for it will not complete: capture-failed; send “order-confirmation” (notifications).',
    'Let go of what the bank holds (payments), for it will not complete: capture-failed; send “order-confirmation” (notifications).',
  ]);
});

it('says nothing where nothing is left to do, and does not stumble over tomorrow’s event', () => {
  expect(decided({ type: 'GiftWrapped', data: {} })).toEqual([undefined]);
});
