import type { OrderEvent } from '#libs/order';
import { describe, expect, it } from 'vitest';
import { callBack, called } from './call-back.js';

const at = (n: number): string => new Date(n * 1_000).toISOString();
const stream = 'order:1';
const ask = (events: readonly OrderEvent[], seen = 0) => {
  const { initial, evolve } = called.decider;
  const state = events.reduce((before, event, n) => evolve(before, event, at(n)), initial);
  return callBack.react(state, { stream, seen, now: at(0), need: undefined });
};

const placed: OrderEvent = { type: 'OrderPlaced', data: { lines: [], total: { amount: 1, currency: 'EUR' }, priority: 'standard' } };
const life: OrderEvent[] = [
  placed,
  { type: 'PhotosReady', data: {} },
  { type: 'StockReserved', data: {} },
  { type: 'PaymentAuthorised', data: { authorisation: 'a' } },
  { type: 'NotificationSent', data: { kind: 'order-confirmation' } },
  { type: 'Printed', data: { job: 'j' } },
];

describe('whoever is called back', () => {
  it('is told of each change of status once, with its version and its time', () => {
    expect(ask(life)).toEqual(
      [
        { status: 'placed', version: 1, at: at(0) },
        { status: 'paying', version: 3, at: at(2) },
        { status: 'printing', version: 4, at: at(3) },
        { status: 'shipping', version: 6, at: at(5) },
      ].map((change) => ({ effect: 'webhook', key: `order:1:webhook:${change.version}`, input: { stream, ...change } })),
    );
  });

  it('is not told again of what was asked for before', () => {
    expect(ask(life, 4).map((reaction) => 'key' in reaction && reaction.key)).toEqual(['order:1:webhook:6']);
    expect(ask(life, 6)).toEqual([]);
  });
});
