import { orderView, readOrderEvent } from '#libs/order';
import type { Accepted, Evidence, Fact, Seen } from '../evidence.js';

export const id = '01900000-0000-7000-8000-000000000001';
export const stream = `order:${id}`;
const lines = [{ sku: 'MUG', quantity: 2 }];
const second = (n: number): string => new Date(Date.UTC(2026, 0, 1, 12, 0, n)).toISOString();

export const at = (n: number): number => Date.parse(second(n));

export const order = (more: Partial<Accepted> = {}): Accepted => ({
  id,
  key: 'k',
  kind: 'pays',
  lane: 'standard',
  total: 2598,
  lines,
  ids: [id],
  ...more,
});

const data: Record<string, object> = {
  OrderPlaced: { lines, total: { amount: 2598, currency: 'EUR' }, priority: 'standard' },
  OrderFailed: { reason: { code: 'payment-declined', detail: '' } },
  OrderCancelled: { reason: { code: 'customer-request', detail: '' } },
};

/** One a second. */
export const facts = (...types: string[]): Fact[] =>
  types.map((type, n) => ({ version: n + 1, type, data: data[type] ?? {}, meta: { lane: 'standard' }, at: second(n) }));

export const completed = facts(
  'OrderPlaced',
  'PhotosReady',
  'StockReserved',
  'PaymentAuthorised',
  'Printed',
  'PaymentCaptured',
  'HandoverStarted',
  'Shipped',
  'OrderCompleted',
);

const entry = (operation: string) => ({ key: operation, orderId: id, operation, at: second(5), body: { outcome: 'ok' }, kept: {} });
export const paid = (operation: string, amount = 2598) => ({ ...entry(operation), kept: { amount: { amount } } });

export const seen = (version: number, more: Partial<Seen> = {}): Seen => ({
  id,
  by: 'get',
  reader: 'get',
  asked: version * 10,
  answered: version * 10 + 5,
  version,
  status: 'placed',
  progress: version,
  ...more,
});

export const pictureOf = (history: readonly Fact[]) => {
  const view = history.reduce((was, fact) => orderView.evolve(was, readOrderEvent(fact)!, fact.at), orderView.initial);
  return { version: view.version, status: view.status, view: JSON.parse(JSON.stringify(view)) as object };
};

/** One order that went all its way, and every book agrees. */
export const good: Evidence = {
  accepted: [order()],
  seen: [seen(1), seen(2)],
  streams: new Map([[stream, completed]]),
  pictures: new Map([[stream, pictureOf(completed)]]),
  stock: [{ sku: 'MUG', available: 8 }],
  movements: [
    { stream: 'catalogue', kind: 'delivery', sku: 'MUG', quantity: 10 },
    { stream, kind: 'reserve', sku: 'MUG', quantity: -2 },
  ],
  leftovers: [],
  gateway: [paid('authorise'), paid('capture')],
  printer: [entry('print')],
  carrier: [entry('ship')],
  mails: [
    { messageId: `order-confirmation.${id}@shop`, at: at(4), answered: true },
    { messageId: `order-shipped.${id}@shop`, at: at(8), answered: true },
  ],
  records: completed.map(({ version }) => ({ topic: 'orders', stream, version })),
  spilt: [],
  faults: [],
};
