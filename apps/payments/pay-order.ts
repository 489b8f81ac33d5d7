import { isNext, next, type Order, type OrderCommand, type OrderEvent } from '#libs/order';
import { withdrawEffects } from '#libs/store';
import { effectKey, orders, type Consumer, type Reaction } from '#libs/work';
import { forgetCards } from './vault.js';

/** A charge that was never asked for, and never will be. */
type Need = 'withdrawn';

/** The payment's part of an order's way: authorise, capture, and both back. */
export const payOrder: Consumer<OrderCommand, OrderEvent, Order, Need> = {
  name: 'payments',
  about: orders,
  on: [
    'StockReserved',
    'Printed',
    'CaptureFailed',
    'CancellationRequested',
    'StepTimedOut',
    'StepWithdrawn',
    'ShipmentRefused',
    'PrintDiscarded',
    'PaymentAuthorised',
    'PaymentCaptured',
    'OrderCancelled',
    'OrderFailed',
  ],

  async need(tx, states) {
    // An order that ended before it was charged has no authorisation whose end would take its card along.
    await forgetCards(
      tx,
      [...states].filter(([, { ended }]) => ended).map(([stream]) => stream),
    );
    const cancelled = [...states].flatMap(([stream, order]) => {
      const step = (['authorise', 'capture'] as const).find((each) => isNext(order, { await: each }));
      return step ? [{ key: effectKey(stream, step), kind: step, stream }] : [];
    });
    const withdrawn = await withdrawEffects(tx, cancelled);
    return new Map(cancelled.filter(({ key }) => withdrawn.has(key)).map(({ stream }) => [stream, 'withdrawn']));
  },

  react(order, { stream, need }): readonly Reaction<OrderCommand>[] {
    const what = next(order);
    const input = { stream, amount: order.total, authorisation: order.authorisation };
    if (!what || 'end' in what) return [];
    if ('take' in what) {
      if (what.take !== 'authorise' && what.take !== 'capture') return [];
      return [{ effect: what.take, key: effectKey(stream, what.take), input }];
    }
    if ('undo' in what) {
      if (what.undo !== 'void' && what.undo !== 'refund') return [];
      return [{ effect: what.undo, key: effectKey(stream, what.undo), input }];
    }
    // Cancelled while the charge may be under way: if it is, its outcome will come, and the policy takes it back.
    return need === 'withdrawn' ? [{ command: { do: 'withdraw', step: what.await } }] : [];
  },
};
