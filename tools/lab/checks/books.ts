import type { BookEntry, Check, Evidence } from '../evidence.js';
import { endOf } from './ends.js';

type Counts = ReadonlyMap<string, { readonly times: number; readonly amount: number }>;

/** What came about for an order, by the books of those who did it. */
function countsOf(books: readonly BookEntry[]): ReadonlyMap<string, Counts> {
  const orders = new Map<string, Map<string, { times: number; amount: number }>>();
  for (const { orderId, operation, body, kept } of books) {
    if (body.outcome !== 'ok') continue;
    const counts = orders.get(orderId) ?? new Map<string, { times: number; amount: number }>();
    orders.set(orderId, counts);
    const { times, amount } = counts.get(operation) ?? { times: 0, amount: 0 };
    counts.set(operation, { times: times + 1, amount: amount + (kept.amount?.amount ?? 0) });
  }
  return orders;
}

const operations = ['authorise', 'capture', 'void', 'refund', 'print', 'discard', 'ship'];

/** The books of bank, printer and carrier: nothing of them is the shop's. */
export const books: Check = {
  name: 'books',
  says: 'each charge, print and parcel happened at most once an order, and what did not end in a parcel was given back',
  look({ accepted, streams, gateway, printer, carrier }: Evidence) {
    const counts = countsOf([...gateway, ...printer, ...carrier]);
    return accepted.flatMap(({ id, total }) => {
      const of = (operation: string) => counts.get(id)?.get(operation) ?? { times: 0, amount: 0 };
      const times = (operation: string): number => of(operation).times;
      const wrong = operations.filter((each) => times(each) > 1).map((each) => `${each} happened ${times(each)} times`);
      if (endOf(streams.get(`order:${id}`) ?? []) === 'completed') {
        for (const each of ['authorise', 'capture', 'print', 'ship']) if (times(each) === 0) wrong.push(`completed without ${each}`);
        for (const each of ['void', 'refund', 'discard']) if (times(each) > 0) wrong.push(`completed after ${each}`);
        if (of('capture').amount !== total) wrong.push(`${of('capture').amount} was captured of ${total}`);
      } else {
        const kept = of('capture').amount - of('refund').amount;
        if (kept !== 0) wrong.push(`${kept} is kept of an order that did not complete`);
        if (times('authorise') > times('void') + times('capture')) wrong.push('its money is still held');
        if (times('print') > times('discard')) wrong.push('its print was not discarded');
        if (times('ship') > 0) wrong.push('a parcel went out');
      }
      return wrong.map((what) => `${id}: ${what}`);
    });
  },
};
