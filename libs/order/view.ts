import type { Fold } from '#libs/decider';
import { stepNames, type Line, type MailKind, type Money, type OrderEvent, type Reason, type StepName, type UndoName } from './events.js';

export interface StepView {
  readonly name: StepName;
  readonly state: 'pending' | 'running' | 'done' | 'failed' | 'compensating' | 'compensated' | 'skipped';
  readonly attempts: number;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly detail: string | null;
}

export const orderStatuses = ['placed', 'paying', 'printing', 'shipping', 'completed', 'cancelling', 'cancelled', 'failed'] as const;

/** What people see of an order: everything that its stream says, and nothing personal. */
export interface OrderView {
  readonly status: (typeof orderStatuses)[number];
  readonly version: number;
  readonly placedAt: string;
  readonly updatedAt: string;
  readonly lines: readonly Line[];
  readonly total: Money;
  readonly priority: 'standard' | 'express';
  readonly steps: readonly StepView[];
  readonly progress: number;
  readonly reason?: Reason;
  readonly notifications: readonly { readonly kind: MailKind; readonly state: 'pending' | 'sent' | 'failed'; readonly at: string }[];
  readonly erased?: true;
}

/** Raised with every change of this file that shows a stream that is there already in another way: kept pictures are then folded anew. */
export const viewFold = 1;

const pending = (name: StepName): StepView => ({ name, state: 'pending', attempts: 0, startedAt: null, endedAt: null, detail: null });

/** The fold behind every read: `GET`, server-sent events, the projection. */
export const orderView: Fold<OrderEvent, OrderView> = {
  initial: {
    status: 'placed',
    version: 0,
    placedAt: '',
    updatedAt: '',
    lines: [],
    total: { amount: 0, currency: 'EUR' },
    priority: 'standard',
    steps: stepNames.map(pending),
    progress: 0,
    notifications: [],
  },
  evolve: (was, event, at) => measured(was, tell({ ...was, version: was.version + 1, updatedAt: at }, event, at)),
};

function tell(view: OrderView, event: OrderEvent, at: string): OrderView {
  switch (event.type) {
    case 'OrderPlaced': {
      const placed = { ...view, ...event.data, placedAt: at };
      return event.data.lines.some((line) => line.photoId) ? start(placed, 'photos', at) : placed;
    }
    case 'PhotosReady': {
      const wanted = view.lines.some((line) => line.photoId);
      return start(set(view, 'photos', { state: wanted ? 'done' : 'skipped', endedAt: wanted ? at : null }), 'reserve', at);
    }
    case 'PhotosRejected':
      return fail(view, 'photos', at, event.data.detail);
    case 'StockReserved':
      return start({ ...done(view, 'reserve', at), status: onwards(view, 'paying') }, 'authorise', at);
    case 'StockRefused':
      return fail(view, 'reserve', at, event.data.detail);
    case 'PaymentAuthorised':
      return confirmed(view, start({ ...done(view, 'authorise', at), status: onwards(view, 'printing') }, 'print', at), at);
    case 'PaymentDeclined':
      return fail(view, 'authorise', at, event.data.detail);
    case 'Printed':
      return start({ ...done(view, 'print', at), status: onwards(view, 'shipping') }, 'capture', at);
    case 'PaymentCaptured':
      return done(view, 'capture', at);
    case 'CaptureFailed':
      return undoing(fail(view, 'capture', at, event.data.detail), at);
    case 'HandoverStarted':
      return start(view, 'ship', at);
    case 'Shipped':
      return expect(done(view, 'ship', at), 'order-shipped', at);
    case 'ShipmentRefused':
      return undoing(fail(view, 'ship', at, event.data.detail), at);
    case 'OrderCompleted':
      return { ...view, status: 'completed' };
    case 'CancellationRequested':
      return undoing({ ...view, status: 'cancelling' }, at);
    case 'PaymentRefunded':
      return compensated(compensated(view, 'refund', at), 'void', at);
    case 'PrintDiscarded':
      return compensated(view, 'discard', at);
    case 'PaymentVoided':
      return compensated(view, 'void', at);
    case 'StockReleased':
      return compensated(view, 'release', at);
    case 'OrderCancelled':
      return expect(close({ ...view, status: 'cancelled', reason: event.data.reason }, at), 'order-cancelled', at);
    case 'OrderFailed':
      return expect(close({ ...view, status: 'failed', reason: event.data.reason }, at), 'order-cancelled', at);
    case 'StepFailed': {
      const step = stepOf(event.data.step);
      return set(view, step, { attempts: Math.max(event.data.attempt, get(view, step).attempts), detail: event.data.detail });
    }
    case 'StepTimedOut':
      return undoing(fail(view, event.data.step, at, event.data.detail), at);
    case 'StepWithdrawn':
      return set(view, event.data.step, { state: 'skipped', endedAt: at });
    case 'NotificationSent':
      return notify(view, event.data.kind, 'sent', at);
    case 'NotificationFailed':
      return notify(view, event.data.kind, 'failed', at);
    case 'PersonalDataErased':
      return { ...view, erased: true };
    default:
      return event satisfies never;
  }
}

const get = (view: OrderView, name: StepName): StepView => view.steps.find((step) => step.name === name)!;
const set = (view: OrderView, name: StepName, change: Partial<StepView>): OrderView => ({
  ...view,
  steps: view.steps.map((step) => (step.name === name ? { ...step, ...change } : step)),
});

/** A cancelled order stays `cancelling`, whatever outcome still comes in. */
const onwards = (view: OrderView, status: OrderView['status']): OrderView['status'] =>
  view.status === 'cancelling' || ended(view) ? view.status : status;

const start = (view: OrderView, name: StepName, at: string): OrderView =>
  view.status === 'cancelling' || ended(view) || get(view, name).state !== 'pending'
    ? view
    : set(view, name, { state: 'running', startedAt: at, attempts: Math.max(1, get(view, name).attempts) });

/** A retried step has its attempts counted by `StepFailed`; the one that succeeds is one more. */
function done(view: OrderView, name: StepName, at: string): OrderView {
  const { attempts, detail, startedAt } = get(view, name);
  const state = view.status === 'cancelling' || ended(view) ? 'compensating' : 'done';
  return set(view, name, {
    state,
    endedAt: at,
    attempts: detail ? attempts + 1 : Math.max(1, attempts),
    detail: null,
    startedAt: startedAt ?? at,
  });
}

const fail = (view: OrderView, name: StepName, at: string, detail: string): OrderView =>
  set(view, name, {
    state: 'failed',
    endedAt: at,
    detail,
    startedAt: get(view, name).startedAt ?? at,
    attempts: Math.max(1, get(view, name).attempts),
  });

const undoable: Record<UndoName, StepName> = { refund: 'capture', discard: 'print', void: 'authorise', release: 'reserve' };
const stepOf = (name: StepName | UndoName): StepName => (name in undoable ? undoable[name as UndoName] : (name as StepName));

const undoing = (view: OrderView, at: string): OrderView => ({
  ...view,
  steps: view.steps.map((step) =>
    step.state === 'done' && Object.values(undoable).includes(step.name)
      ? { ...step, state: 'compensating', startedAt: step.startedAt ?? at }
      : step,
  ),
});

function compensated(view: OrderView, undo: UndoName, at: string): OrderView {
  const name = undoable[undo];
  return get(view, name).state === 'failed' ? view : set(view, name, { state: 'compensated', endedAt: at });
}

const close = (view: OrderView, at: string): OrderView => ({
  ...view,
  steps: view.steps.map((step) =>
    step.state === 'pending' ? { ...step, state: 'skipped' } : step.state === 'running' ? { ...step, state: 'skipped', endedAt: at } : step,
  ),
});

const expect = (view: OrderView, kind: MailKind, at: string): OrderView =>
  view.notifications.some((mail) => mail.kind === kind)
    ? view
    : { ...view, notifications: [...view.notifications, { kind, state: 'pending', at }] };

/** As the policy has it: what is authorised when something stands in the order's way is confirmed to nobody. */
const confirmed = (was: OrderView, view: OrderView, at: string): OrderView =>
  was.status === 'cancelling' || ended(was) || was.steps.some(({ state }) => state === 'failed')
    ? view
    : expect(view, 'order-confirmation', at);

const notify = (view: OrderView, kind: MailKind, state: 'sent' | 'failed', at: string): OrderView => ({
  ...view,
  notifications: expect(view, kind, at).notifications.map((mail) => (mail.kind === kind ? { kind, state, at } : mail)),
});

const ended = (view: OrderView): boolean => view.status === 'completed' || view.status === 'cancelled' || view.status === 'failed';

/** Never falls, and is 100 exactly when the order has ended. */
function measured(was: OrderView, view: OrderView): OrderView {
  const settled = view.steps.filter((step) => step.state !== 'pending' && step.state !== 'running' && step.state !== 'compensating').length;
  return { ...view, progress: ended(view) ? 100 : Math.max(was.progress, Math.min(95, 5 + 15 * settled)) };
}
