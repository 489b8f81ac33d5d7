import type { Accepted, Check, Evidence, OrderKind } from '../evidence.js';

const ends: Record<string, string> = { OrderCompleted: 'completed', OrderCancelled: 'cancelled', OrderFailed: 'failed' };

/** How an order may end that is not cancelled. */
const expected: Record<OrderKind, readonly string[]> = {
  pays: ['completed'],
  'fails-first': ['completed'],
  declined: ['failed payment-declined'],
  insufficient: ['failed payment-declined'],
  'capture-declined': ['failed capture-failed'],
  undeliverable: ['failed undeliverable'],
  'out-of-stock': ['failed out-of-stock'],
  scarce: ['completed', 'failed out-of-stock'],
  'broken-photo': ['failed photo-rejected'],
};

/** A promise to cancel is kept, a refusal too; where the answer was lost, either may be. */
function allowed({ kind, cancellation }: Accepted): readonly string[] {
  if (cancellation === 'promised') return ['cancelled'];
  return cancellation === 'asked' ? [...expected[kind], 'cancelled'] : expected[kind];
}

/** @returns `completed`, `failed out-of-stock`, …; undefined while it is under way */
export function endOf(facts: Evidence['streams'] extends ReadonlyMap<string, infer F> ? F : never): string | undefined {
  const last = facts.find(({ type }) => type in ends);
  if (!last) return undefined;
  const { reason } = last.data as { reason?: { code: string } };
  return last.type === 'OrderFailed' ? `failed ${reason?.code}` : ends[last.type];
}

export const orderEnds: Check = {
  name: 'ends',
  says: 'every order has come to the end that its card, stock, address and cancellation lead to, and to one only',
  look({ accepted, streams }) {
    return accepted.flatMap((order) => {
      const facts = streams.get(`order:${order.id}`) ?? [];
      const end = endOf(facts);
      const who = `${order.id} (${order.kind}${order.cancellation ? `, cancellation ${order.cancellation}` : ''})`;
      if (!end) return [`${who} has not ended: ${facts.map(({ type }) => type).join(' ') || 'it is not there'}`];
      if (facts.filter(({ type }) => type in ends).length > 1) return [`${who} has ended twice`];
      // The outside was asked as often as it may be and nobody lived to hear: given up, undone and said so.
      return end === 'failed step-timeout' || allowed(order).includes(end) ? [] : [`${who} ended ${end}`];
    });
  },
};
