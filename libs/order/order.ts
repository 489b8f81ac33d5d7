import type { Decider, Refusal } from '#libs/decider';
import { stepNames, type Line, type MailKind, type Money, type OrderEvent, type Reason, type StepName, type UndoName } from './events.js';

/**
 * What is known of a step. `withdrawn`: it was never asked for, and never will be. `timed-out`: it was asked for, and nobody knows whether it
 * happened, so it is undone as if it had.
 */
export type StepState = 'open' | 'done' | 'failed' | 'undone' | 'withdrawn' | 'timed-out';

export interface Order {
  readonly placed: boolean;
  /** RFC 3339; empty before it is placed. */
  readonly placedAt: string;
  readonly lines: readonly Line[];
  readonly total: Money;
  readonly priority: 'standard' | 'express';
  readonly steps: Readonly<Record<StepName, StepState>>;
  /** The carrier has been called: there is no way back but through it. */
  readonly handoverStarted: boolean;
  /** Why it will not complete. Set once; everything done so far is undone from then on. */
  readonly failing?: Reason;
  /** The step that was next when the customer cancelled: it may be in hand. */
  readonly interrupted?: StepName;
  readonly ended?: 'completed' | 'cancelled' | 'failed';
  readonly authorisation?: string;
  /** The payment was authorised while nothing stood in the order's way. */
  readonly confirmed: boolean;
  readonly capture?: string;
  readonly job?: string;
  readonly tracking?: string;
  readonly mails: Readonly<Partial<Record<MailKind, 'sent' | 'failed'>>>;
  readonly erased: boolean;
}

export type OrderCommand =
  | { readonly do: 'confirm-photos' }
  | { readonly do: 'reject-photos'; readonly photoId: string; readonly detail: string }
  | { readonly do: 'reserve' }
  | { readonly do: 'refuse-stock'; readonly sku: string; readonly detail: string }
  | { readonly do: 'authorised'; readonly authorisation: string }
  | { readonly do: 'declined'; readonly detail: string }
  | { readonly do: 'printed'; readonly job: string }
  | { readonly do: 'captured'; readonly capture: string }
  | { readonly do: 'capture-failed'; readonly detail: string }
  | { readonly do: 'start-handover' }
  | { readonly do: 'shipped'; readonly tracking: string }
  | { readonly do: 'shipment-refused'; readonly detail: string }
  | { readonly do: 'complete' }
  | { readonly do: 'cancel'; readonly detail: string }
  | { readonly do: 'undone'; readonly step: UndoName }
  | { readonly do: 'close' }
  | { readonly do: 'step-failed'; readonly step: StepName | UndoName; readonly attempt: number; readonly detail: string }
  | { readonly do: 'withdraw'; readonly step: StepName }
  | { readonly do: 'time-out'; readonly step: StepName; readonly detail: string }
  | { readonly do: 'mail-sent'; readonly kind: MailKind }
  | { readonly do: 'mail-failed'; readonly kind: MailKind; readonly detail: string }
  | { readonly do: 'erase' };

const initial: Order = {
  placed: false,
  placedAt: '',
  lines: [],
  total: { amount: 0, currency: 'EUR' },
  priority: 'standard',
  steps: { photos: 'open', reserve: 'open', authorise: 'open', print: 'open', capture: 'open', ship: 'open' },
  handoverStarted: false,
  confirmed: false,
  mails: {},
  erased: false,
};

/** What an order answers to commands. A step's outcome is a command like any other: it is taken in every state, and the policy undoes a late one. */
export const order: Decider<OrderCommand, OrderEvent, Order> = { initial, evolve, decide };

function decide(command: OrderCommand, now: Order): readonly OrderEvent[] | Refusal {
  if (!now.placed) return { refused: 'There is no such order.' };
  switch (command.do) {
    case 'confirm-photos':
      return forward(now, 'photos', { type: 'PhotosReady', data: {} });
    case 'reject-photos':
      return forward(now, 'photos', { type: 'PhotosRejected', data: { photoId: command.photoId, detail: command.detail } });
    case 'reserve':
      return forward(now, 'reserve', { type: 'StockReserved', data: {} });
    case 'refuse-stock':
      return forward(now, 'reserve', { type: 'StockRefused', data: { sku: command.sku, detail: command.detail } });
    case 'authorised':
      return outcome(now, 'authorise', { type: 'PaymentAuthorised', data: { authorisation: command.authorisation } });
    case 'declined':
      return outcome(now, 'authorise', { type: 'PaymentDeclined', data: { detail: command.detail } });
    case 'printed':
      return outcome(now, 'print', { type: 'Printed', data: { job: command.job } });
    case 'captured':
      return outcome(now, 'capture', { type: 'PaymentCaptured', data: { capture: command.capture } });
    case 'capture-failed':
      return outcome(now, 'capture', { type: 'CaptureFailed', data: { detail: command.detail } });
    case 'start-handover':
      return now.handoverStarted ? [] : forward(now, 'ship', { type: 'HandoverStarted', data: {} });
    case 'shipped':
      return outcome(now, 'ship', { type: 'Shipped', data: { tracking: command.tracking } });
    case 'shipment-refused':
      return outcome(now, 'ship', { type: 'ShipmentRefused', data: { detail: command.detail } });
    case 'complete':
      return now.ended ? [] : [{ type: 'OrderCompleted', data: {} }];
    case 'cancel':
      return cancel(now, command.detail);
    case 'undone':
      return undone(now, command.step);
    case 'close':
      return close(now);
    case 'step-failed':
      return [{ type: 'StepFailed', data: { step: command.step, attempt: command.attempt, detail: command.detail } }];
    case 'time-out':
      return outcome(now, command.step, { type: 'StepTimedOut', data: { step: command.step, detail: command.detail } });
    case 'withdraw':
      return now.failing ? outcome(now, command.step, { type: 'StepWithdrawn', data: { step: command.step } }) : [];
    case 'mail-sent':
      return now.mails[command.kind] === 'sent' ? [] : [{ type: 'NotificationSent', data: { kind: command.kind } }];
    case 'mail-failed':
      return now.mails[command.kind] ? [] : [{ type: 'NotificationFailed', data: { kind: command.kind, detail: command.detail } }];
    case 'erase':
      return now.erased
        ? []
        : now.ended
          ? [{ type: 'PersonalDataErased', data: {} }]
          : { refused: 'An order that is under way needs its data.' };
    default:
      return command satisfies never;
  }
}

/** A step decided in the house: not taken once the order is failing. */
const forward = (now: Order, step: StepName, event: OrderEvent): readonly OrderEvent[] =>
  now.steps[step] === 'open' && !now.failing && !now.ended ? [event] : [];

/** A step whose outcome comes from outside: it happened, so it is written down in every state, once. */
const outcome = (now: Order, step: StepName, event: OrderEvent): readonly OrderEvent[] => (now.steps[step] === 'open' ? [event] : []);

function cancel(now: Order, detail: string): readonly OrderEvent[] | Refusal {
  if (now.failing?.code === 'customer-request') return [];
  if (now.ended) return { refused: `The order is ${now.ended}.` };
  if (now.failing) return { refused: 'The order is bound to fail.' };
  if (now.handoverStarted) return { refused: 'The parcel is being handed to the carrier.' };
  return [{ type: 'CancellationRequested', data: { detail } }];
}

const undoes: Record<UndoName, { step: StepName; event: OrderEvent }> = {
  refund: { step: 'capture', event: { type: 'PaymentRefunded', data: {} } },
  discard: { step: 'print', event: { type: 'PrintDiscarded', data: {} } },
  void: { step: 'authorise', event: { type: 'PaymentVoided', data: {} } },
  release: { step: 'reserve', event: { type: 'StockReleased', data: {} } },
};

function undone(now: Order, undo: UndoName): readonly OrderEvent[] {
  const { step, event } = undoes[undo];
  return mayHaveHappened(now.steps[step]) ? [event] : [];
}

export const mayHaveHappened = (step: StepState): boolean => step === 'done' || step === 'timed-out';

function close(now: Order): readonly OrderEvent[] {
  if (now.ended || !now.failing) return [];
  const type = now.failing.code === 'customer-request' ? 'OrderCancelled' : 'OrderFailed';
  return [{ type, data: { reason: now.failing } }];
}

function evolve(was: Order, event: OrderEvent, at: string): Order {
  const step = (name: StepName, state: StepState, more: Partial<Order> = {}): Order => ({
    ...was,
    ...more,
    steps: { ...was.steps, [name]: state },
  });
  const failing = (code: Reason['code'], detail: string): Partial<Order> => (was.failing ? {} : { failing: { code, detail } });
  switch (event.type) {
    case 'OrderPlaced':
      return { ...was, ...event.data, placed: true, placedAt: at };
    case 'PhotosReady':
      return step('photos', 'done');
    case 'PhotosRejected':
      return step('photos', 'failed', failing('photo-rejected', event.data.detail));
    case 'StockReserved':
      return step('reserve', 'done');
    case 'StockRefused':
      return step('reserve', 'failed', failing('out-of-stock', event.data.detail));
    case 'PaymentAuthorised':
      // One that comes after a cancellation confirms nothing.
      return step('authorise', 'done', { authorisation: event.data.authorisation, confirmed: !was.failing });
    case 'PaymentDeclined':
      return step('authorise', 'failed', failing('payment-declined', event.data.detail));
    case 'Printed':
      return step('print', 'done', { job: event.data.job });
    case 'PaymentCaptured':
      return step('capture', 'done', { capture: event.data.capture });
    case 'CaptureFailed':
      return step('capture', 'failed', failing('capture-failed', event.data.detail));
    case 'HandoverStarted':
      return { ...was, handoverStarted: true };
    case 'Shipped':
      return step('ship', 'done', { tracking: event.data.tracking });
    case 'ShipmentRefused':
      return step('ship', 'failed', failing('undeliverable', event.data.detail));
    case 'OrderCompleted':
      return { ...was, ended: 'completed' };
    case 'CancellationRequested':
      return {
        ...was,
        ...failing('customer-request', event.data.detail),
        interrupted: stepNames.find((name) => was.steps[name] === 'open'),
      };
    case 'PaymentRefunded':
      // The authorisation is spent with the capture: a refund gives both back.
      return { ...was, steps: { ...was.steps, capture: 'undone', authorise: 'undone' } };
    case 'PrintDiscarded':
      return step('print', 'undone');
    case 'PaymentVoided':
      return step('authorise', 'undone');
    case 'StockReleased':
      return step('reserve', 'undone');
    case 'OrderCancelled':
      return { ...was, ended: 'cancelled' };
    case 'OrderFailed':
      return { ...was, ended: 'failed' };
    case 'StepTimedOut':
      return step(event.data.step, 'timed-out', failing('step-timeout', event.data.detail));
    case 'StepWithdrawn':
      return step(event.data.step, 'withdrawn');
    case 'NotificationSent':
      return { ...was, mails: { ...was.mails, [event.data.kind]: 'sent' } };
    case 'NotificationFailed':
      return { ...was, mails: { ...was.mails, [event.data.kind]: 'failed' } };
    case 'PersonalDataErased':
      return { ...was, erased: true };
    case 'StepFailed':
      return was;
    default:
      return event satisfies never;
  }
}
