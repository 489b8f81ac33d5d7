import type { MailKind, StepName, UndoName } from './events.js';
import { mayHaveHappened, type Order } from './order.js';

/** The next thing to be done for an order. Each role takes what is its own. */
export type Next =
  | { readonly take: StepName }
  /** The customer has cancelled while this step may be under way: withdraw it if it is not, else wait for its outcome. */
  | { readonly await: StepName }
  | { readonly undo: UndoName }
  | { readonly end: 'complete' | 'close' };

interface Step {
  readonly name: StepName;
  /**
   * Said for the reader; what is done goes by `undo` and `outside`. compensatable: if a later step fails, `undo` takes it back. pivot: with it the
   * money is taken, so what undoes it undoes every payment before it. retriable: comes after the pivot; there is no way back but a refusal.
   */
  readonly kind: 'compensatable' | 'pivot' | 'retriable';
  readonly undo?: UndoName;
  /** It is performed outside the house, so that between asking and knowing there is time. */
  readonly outside?: true;
}

/** The way of an order. Downwards it is taken, upwards undone. No step has a patience of its own: who performs it gives it up (`Effect.attempts`). */
export const steps: readonly Step[] = [
  { name: 'photos', kind: 'compensatable' },
  { name: 'reserve', kind: 'compensatable', undo: 'release' },
  { name: 'authorise', kind: 'compensatable', undo: 'void', outside: true },
  { name: 'print', kind: 'compensatable', undo: 'discard', outside: true },
  { name: 'capture', kind: 'pivot', undo: 'refund', outside: true },
  // Not `outside`: once its hand-over has begun, nobody can cancel any more, so that nothing is ever waited for.
  { name: 'ship', kind: 'retriable' },
];

export function next(order: Order): Next | undefined {
  if (!order.placed || order.ended === 'completed') return undefined;
  return order.failing ? back(order) : forward(order);
}

/** Whether exactly this is next: `isNext(order, { take: 'reserve' })`. */
export function isNext(order: Order, what: Next): boolean {
  const found: Partial<Record<string, string>> = next(order) ?? {};
  return Object.entries(what).every(([kind, name]) => found[kind] === name);
}

function forward(order: Order): Next {
  const open = steps.find((step) => order.steps[step.name] === 'open');
  return open ? { take: open.name } : { end: 'complete' };
}

function back(order: Order): Next | undefined {
  const inHand = steps.find((step) => step.outside && step.name === order.interrupted && order.steps[step.name] === 'open');
  if (inHand && !order.ended) return { await: inHand.name };
  const left = steps.findLast((step) => step.undo && mayHaveHappened(order.steps[step.name]));
  if (left?.undo) return { undo: left.undo };
  return order.ended ? undefined : { end: 'close' };
}

/** The mails that an order in this state is still owed, in the order in which they are sent. */
export function mailsDue(order: Order): readonly MailKind[] {
  const due: MailKind[] = [];
  if (order.confirmed) due.push('order-confirmation');
  if (order.steps.ship === 'done') due.push('order-shipped');
  if (order.ended === 'cancelled' || order.ended === 'failed') due.push('order-cancelled');
  return due.filter((kind) => !order.mails[kind]);
}
