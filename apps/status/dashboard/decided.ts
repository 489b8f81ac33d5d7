import { mailsDue, next, order, readOrderEvent, type Order } from '#libs/order';
import type { Recorded } from '#libs/store';

/**
 * Of each event of an order, what the policy says is to be done next when it stands there: the very functions by which the roles decide.
 * One sentence each; undefined where nothing is.
 */
export function decidedAfter(events: readonly Recorded[]): (string | undefined)[] {
  let state = order.initial;
  return events.map((event) => {
    const known = readOrderEvent(event);
    if (known) state = order.evolve(state, known, event.at);
    return sentenceOf(state);
  });
}

const steps = {
  photos: 'Wait until its photos are rendered',
  reserve: 'Reserve the stock (fulfilment)',
  authorise: 'Have the bank hold the total (payments)',
  print: 'Print (fulfilment)',
  capture: 'Take the money (payments)',
  ship: 'Hand the parcel to the carrier (fulfilment)',
} as const;

const undoing = {
  refund: 'Give the money back (payments)',
  discard: 'Throw the prints away (fulfilment)',
  void: 'Let go of what the bank holds (payments)',
  release: 'Put the stock back (fulfilment)',
} as const;

function sentenceOf(state: Order): string | undefined {
  const what = next(state);
  const mails = mailsDue(state).map((kind) => `send “${kind}” (notifications)`);
  const step = what && sentence(what, state);
  const all = [...(step ? [step] : []), ...mails].join('; ');
  return all === '' ? undefined : `${all[0]!.toUpperCase()}${all.slice(1)}.`;
}

function sentence(what: NonNullable<ReturnType<typeof next>>, { handoverStarted, failing }: Order): string {
  if ('take' in what)
    return what.take === 'ship' && handoverStarted ? 'Learn from the carrier whether it took the parcel (fulfilment)' : steps[what.take];
  if ('await' in what) return `Withdraw “${what.await}”, or wait for its outcome if it is in hand`;
  if ('undo' in what) return `${undoing[what.undo]}, for it will not complete: ${failing?.code ?? 'it has failed'}`;
  return what.end === 'complete' ? 'Complete it' : 'Close it: all that was done is undone';
}
