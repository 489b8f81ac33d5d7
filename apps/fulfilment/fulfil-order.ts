import { isNext, next, type Order, type OrderCommand, type OrderEvent } from '#libs/order';
import { withdrawEffects } from '#libs/store';
import { effectKey, orders, type Consumer, type Reaction } from '#libs/work';
import { photosOf, type PhotosAnswer } from './photos.js';
import { lockStock, returnStock, takeStock, type StockAnswer } from './stock.js';

/** What an order needs to know before its next step can be taken. */
interface Need {
  readonly photos?: PhotosAnswer;
  readonly stock?: StockAnswer;
  readonly returned: boolean;
  /** Its print was never asked for, and never will be. */
  readonly printWithdrawn: boolean;
}

/**
 * The house's own part of an order's way: photos, stock, print, hand-over, and the end. The payments role takes the steps between.
 * What is next is the policy's to say; here stands how it is done.
 */
export const fulfilOrder: Consumer<OrderCommand, OrderEvent, Order, Need> = {
  name: 'fulfilment',
  about: orders,
  on: [
    'OrderPlaced',
    'PhotosReady',
    'StockReserved',
    'PaymentAuthorised',
    'PaymentDeclined',
    'Printed',
    'PaymentCaptured',
    'CaptureFailed',
    'HandoverStarted',
    'Shipped',
    'ShipmentRefused',
    'CancellationRequested',
    'StepTimedOut',
    'StepWithdrawn',
    'PaymentRefunded',
    'PrintDiscarded',
    'PaymentVoided',
    'StockReleased',
  ],

  async need(tx, states) {
    const photos = await photosOf(tx, states);
    const shelf = await lockStock(tx, states);
    const taken = await takeStock(tx, states, shelf);
    const returned = await returnStock(tx, states);
    const cancelled = [...states]
      .filter(([, order]) => isNext(order, { await: 'print' }))
      .map(([stream]) => ({ key: effectKey(stream, 'print'), kind: 'print', stream }));
    const withdrawn = await withdrawEffects(tx, cancelled);
    return new Map(
      [...states.keys()].map((stream) => [
        stream,
        {
          photos: photos.get(stream),
          stock: taken.get(stream),
          returned: returned.has(stream),
          printWithdrawn: withdrawn.has(effectKey(stream, 'print')),
        },
      ]),
    );
  },

  took: ({ stock, returned, printWithdrawn }) => (stock !== undefined && 'taken' in stock) || returned || printWithdrawn,

  react(order, { stream, now, need }): readonly Reaction<OrderCommand>[] {
    const what = next(order);
    if (!what) return [];
    if ('end' in what) return [{ command: { do: what.end } }];
    if ('take' in what) {
      switch (what.take) {
        case 'photos':
          return photos(need?.photos, order, now);
        case 'reserve':
          return stock(need?.stock);
        case 'print':
          return [{ effect: 'print', key: effectKey(stream, 'print'), input: { stream, lines: order.lines } }];
        case 'ship':
          // The carrier is called for a hand-over that stands in the stream, never for one that might be refused a moment later.
          return order.handoverStarted
            ? [{ effect: 'ship', key: effectKey(stream, 'ship'), input: { stream } }]
            : [{ command: { do: 'start-handover' } }];
        default:
          return [];
      }
    }
    // Cancelled while the print may be under way: if it is, its outcome will come, and the policy takes it back.
    if ('await' in what) return need?.printWithdrawn ? [{ command: { do: 'withdraw', step: 'print' } }] : [];
    if (what.undo === 'discard') return [{ effect: 'discard', key: effectKey(stream, 'discard'), input: { stream, job: order.job } }];
    if (what.undo === 'release') return [{ command: { do: 'undone', step: 'release' } }];
    return [];
  },
};

function photos(answer: PhotosAnswer | undefined, { placedAt }: Order, now: string): readonly Reaction<OrderCommand>[] {
  if (!answer) return [];
  if ('rejected' in answer) return [{ command: { do: 'reject-photos', photoId: answer.rejected, detail: answer.detail } }];
  if ('waiting' in answer) {
    // The longer it waits already, the less a moment counts: a second at first, a minute in the end.
    const age = Date.parse(now) - Date.parse(placedAt);
    return [{ lookAgain: new Date(Date.parse(now) + Math.min(60_000, Math.max(1_000, age / 4))).toISOString() }];
  }
  return [{ command: { do: 'confirm-photos' } }];
}

function stock(answer: StockAnswer | undefined): readonly Reaction<OrderCommand>[] {
  if (!answer) return [];
  return 'short' in answer
    ? [{ command: { do: 'refuse-stock', sku: answer.short, detail: answer.detail } }]
    : [{ command: { do: 'reserve' } }];
}
