import { isRefusal } from '#libs/decider';
import { next, order, type Next, type Order, type OrderCommand } from '#libs/order';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { payOrder } from './pay-order.js';

/** What can come of each thing that is next, whoever does it. */
const outcomes: Record<string, readonly OrderCommand[]> = {
  photos: [{ do: 'confirm-photos' }, { do: 'reject-photos', photoId: 'p', detail: '' }],
  reserve: [{ do: 'reserve' }, { do: 'refuse-stock', sku: 's', detail: '' }],
  authorise: [
    { do: 'authorised', authorisation: 'a' },
    { do: 'declined', detail: '' },
    { do: 'time-out', step: 'authorise', detail: '' },
    { do: 'withdraw', step: 'authorise' },
  ],
  print: [
    { do: 'printed', job: 'j' },
    { do: 'time-out', step: 'print', detail: '' },
    { do: 'withdraw', step: 'print' },
  ],
  capture: [
    { do: 'captured', capture: 'c' },
    { do: 'capture-failed', detail: '' },
    { do: 'withdraw', step: 'capture' },
  ],
  ship: [{ do: 'start-handover' }, { do: 'shipped', tracking: 't' }, { do: 'shipment-refused', detail: '' }],
  ...Object.fromEntries((['refund', 'discard', 'void', 'release'] as const).map((step) => [step, [{ do: 'undone', step }] as const])),
  complete: [{ do: 'complete' }],
  close: [{ do: 'close' }],
};

const nameOf = (what: Next | undefined): string | undefined => what && Object.values(what)[0];
const own = (state: Order): string | undefined => ['authorise', 'capture', 'void', 'refund'].find((each) => each === nameOf(next(state)));

it('hears of every fact that gives it something to do', () => {
  const placed = order.evolve(
    order.initial,
    { type: 'OrderPlaced', data: { lines: [], total: order.initial.total, priority: 'standard' } },
    '',
  );
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 20 }), { minLength: 2, maxLength: 40 }), (choices) => {
      let state = placed;
      for (const choice of choices) {
        const possible: readonly OrderCommand[] = [...(outcomes[nameOf(next(state)) ?? ''] ?? []), { do: 'cancel', detail: '' }];
        const events = order.decide(possible[choice % possible.length]!, state);
        for (const event of isRefusal(events) ? [] : events) {
          const before = own(state);
          state = order.evolve(state, event, '');
          if (own(state) && own(state) !== before) expect(payOrder.on).toContain(event.type);
        }
      }
    }),
    { numRuns: 2_000 },
  );
});
