import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRefusal } from '#libs/decider';
import { mailsDue, next, order, orderView, steps, type Order, type OrderCommand, type OrderEvent } from './index.js';

const at = '2026-11-24T08:00:00.000Z';
const placed: OrderEvent = {
  type: 'OrderPlaced',
  data: {
    lines: [{ sku: 'PRINT-10X15', name: 'Print 10×15', quantity: 2, unitPrice: { amount: 199, currency: 'EUR' } }],
    total: { amount: 398, currency: 'EUR' },
    priority: 'standard',
  },
};

const fold = (events: readonly OrderEvent[]): Order => events.reduce((state, event) => order.evolve(state, event, at), order.initial);
const view = (events: readonly OrderEvent[]) => events.reduce((state, event) => orderView.evolve(state, event, at), orderView.initial);

/** What the world answers when it means well: the command that each next thing leads to. */
function obliging(state: Order): OrderCommand | undefined {
  const what = next(state);
  if (!what) return undefined;
  if ('end' in what) return { do: what.end };
  if ('undo' in what) return { do: 'undone', step: what.undo };
  switch ('take' in what ? what.take : what.await) {
    case 'photos':
      return { do: 'confirm-photos' };
    case 'reserve':
      return { do: 'reserve' };
    case 'authorise':
      return { do: 'authorised', authorisation: 'a-1' };
    case 'print':
      return { do: 'printed', job: 'j-1' };
    case 'capture':
      return { do: 'captured', capture: 'c-1' };
    case 'ship':
      return state.handoverStarted ? { do: 'shipped', tracking: 't-1' } : { do: 'start-handover' };
  }
}

function run(history: OrderEvent[], commands: readonly OrderCommand[] = []): OrderEvent[] {
  const events = [...history];
  const give = (command: OrderCommand) => {
    const answer = order.decide(command, fold(events));
    if (!isRefusal(answer)) events.push(...answer);
  };
  commands.forEach(give);
  for (let turns = 0; turns < 40; turns++) {
    const command = obliging(fold(events));
    if (!command) return events;
    give(command);
  }
  throw new Error(`no end: ${events.map((event) => event.type).join(' ')}`);
}
const types = (events: readonly OrderEvent[]) => events.map((event) => event.type);
const upTo = (type: OrderEvent['type']) => {
  const all = run([placed]);
  return all.slice(0, types(all).indexOf(type) + 1);
};

describe('an order', () => {
  it('goes its way', () => {
    expect(types(run([placed]))).toEqual([
      'OrderPlaced',
      'PhotosReady',
      'StockReserved',
      'PaymentAuthorised',
      'Printed',
      'PaymentCaptured',
      'HandoverStarted',
      'Shipped',
      'OrderCompleted',
    ]);
  });

  it('undoes what was done, in reverse, when the capture fails', () => {
    expect(types(run(upTo('Printed'), [{ do: 'capture-failed', detail: 'no' }])).slice(5)).toEqual([
      'CaptureFailed',
      'PrintDiscarded',
      'PaymentVoided',
      'StockReleased',
      'OrderFailed',
    ]);
  });

  it('refunds and does not void when the parcel is refused', () => {
    expect(types(run(upTo('HandoverStarted'), [{ do: 'shipment-refused', detail: 'no' }])).slice(7)).toEqual([
      'ShipmentRefused',
      'PaymentRefunded',
      'PrintDiscarded',
      'StockReleased',
      'OrderFailed',
    ]);
  });

  it('waits for the charge in hand before a cancellation closes it, then voids it', () => {
    const cancelled = run(upTo('StockReserved'), [{ do: 'cancel', detail: '' }]);
    expect(types(cancelled).slice(3)).toEqual([
      'CancellationRequested',
      'PaymentAuthorised',
      'PaymentVoided',
      'StockReleased',
      'OrderCancelled',
    ]);
  });

  it('does not wait for a step that was withdrawn', () => {
    const cancelled = run(upTo('StockReserved'), [
      { do: 'cancel', detail: '' },
      { do: 'withdraw', step: 'authorise' },
    ]);
    expect(types(cancelled).slice(3)).toEqual(['CancellationRequested', 'StepWithdrawn', 'StockReleased', 'OrderCancelled']);
  });

  it('undoes a step of which nobody knows whether it happened', () => {
    const stalled = run(upTo('StockReserved'), [{ do: 'time-out', step: 'authorise', detail: 'no answer' }]);
    expect(types(stalled).slice(3)).toEqual(['StepTimedOut', 'PaymentVoided', 'StockReleased', 'OrderFailed']);
  });

  it('refuses to be cancelled once the carrier has been called', () => {
    expect(order.decide({ do: 'cancel', detail: '' }, fold(upTo('HandoverStarted')))).toHaveProperty('refused');
    expect(
      order.decide({ do: 'start-handover' }, fold([...upTo('PaymentCaptured'), { type: 'CancellationRequested', data: { detail: '' } }])),
    ).toEqual([]);
  });
});

describe('whatever comes, in whatever order', () => {
  const anyCommand: fc.Arbitrary<OrderCommand> = fc.oneof(
    fc.constantFrom<OrderCommand>(
      { do: 'confirm-photos' },
      { do: 'reject-photos', photoId: 'p', detail: 'x' },
      { do: 'reserve' },
      { do: 'refuse-stock', sku: 's', detail: 'x' },
      { do: 'authorised', authorisation: 'a' },
      { do: 'declined', detail: 'x' },
      { do: 'printed', job: 'j' },
      { do: 'captured', capture: 'c' },
      { do: 'capture-failed', detail: 'x' },
      { do: 'start-handover' },
      { do: 'shipped', tracking: 't' },
      { do: 'shipment-refused', detail: 'x' },
      { do: 'cancel', detail: '' },
      { do: 'mail-sent', kind: 'order-confirmation' },
      { do: 'mail-failed', kind: 'order-confirmation', detail: 'x' },
    ),
    fc.constantFrom(...steps).map(({ name }): OrderCommand => ({ do: 'time-out', step: name, detail: 'x' })),
    fc.constantFrom(...steps).map(({ name }): OrderCommand => ({ do: 'step-failed', step: name, attempt: 1, detail: 'x' })),
  );

  // The world's outcomes come after what led to them; what is free is when, how often, and what else comes between.
  const history = fc.array(fc.oneof({ weight: 3, arbitrary: fc.constant<'next'>('next') }, { weight: 1, arbitrary: anyCommand }), {
    maxLength: 25,
  });

  function play(moves: readonly ('next' | OrderCommand)[]): OrderEvent[] {
    const events = [placed];
    for (const move of moves) {
      const command = move === 'next' ? obliging(fold(events)) : move;
      const answer = command ? order.decide(command, fold(events)) : [];
      if (!isRefusal(answer)) events.push(...answer);
    }
    return run(events);
  }

  it('ends, and owes nobody anything', () => {
    fc.assert(
      fc.property(history, (moves) => {
        const end = fold(play(moves));
        expect(end.ended).toBeDefined();
        if (end.ended === 'completed')
          expect(end.steps).toEqual({ photos: 'done', reserve: 'done', authorise: 'done', print: 'done', capture: 'done', ship: 'done' });
        else for (const step of steps) if (step.undo) expect(end.steps[step.name]).not.toMatch(/^(done|timed-out)$/);
      }),
      { numRuns: 2_000 },
    );
  });

  it('shows progress that never falls and is 100 exactly at the end', () => {
    fc.assert(
      fc.property(history, (moves) => {
        const events = play(moves);
        let last = 0;
        for (let n = 1; n <= events.length; n++) {
          const seen = view(events.slice(0, n));
          expect(seen.progress).toBeGreaterThanOrEqual(last);
          expect(seen.progress === 100).toBe(fold(events.slice(0, n)).ended !== undefined);
          expect(seen.version).toBe(n);
          last = seen.progress;
        }
      }),
      { numRuns: 500 },
    );
  });

  it('announces the very mails that the policy owes', () => {
    fc.assert(
      fc.property(history, (moves) => {
        const events = play(moves);
        for (let n = 1; n <= events.length; n++) {
          const pending = view(events.slice(0, n)).notifications.filter(({ state }) => state === 'pending');
          expect(pending.map(({ kind }) => kind).toSorted()).toEqual([...mailsDue(fold(events.slice(0, n)))].toSorted());
        }
      }),
      { numRuns: 500 },
    );
  });
});

it('what is authorised after a cancellation is confirmed to nobody', () => {
  const cancelled = run(upTo('StockReserved'), [{ do: 'cancel', detail: '' }]);
  expect(types(cancelled)).toContain('PaymentAuthorised');
  for (let n = 1; n <= cancelled.length; n++) expect(mailsDue(fold(cancelled.slice(0, n)))).not.toContain('order-confirmation');
  expect(mailsDue(fold(cancelled))).toEqual(['order-cancelled']);
});
