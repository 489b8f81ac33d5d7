import { webhooks } from '#libs/bus';
import { eventSchemas, orderUpcasts, orderView, readOrderEvent, type OrderEvent, type OrderEventType, type OrderView } from '#libs/order';
import { effectKey, type Aggregate, type Consumer } from '#libs/work';

/** A change of an order's status, as its receiver is told of it. */
export interface Change {
  readonly status: OrderView['status'];
  readonly version: number;
  /** RFC 3339. */
  readonly at: string;
}

interface Told {
  readonly view: OrderView;
  readonly changes: readonly Change[];
}

/** An order as those see it who are called back: by what `GET` shows, so that both change at the same version. */
export const called: Aggregate<never, OrderEvent, Told> = {
  kind: 'order',
  // The relay puts there the news of orders with a callbackUrl: the others cost nothing here, not even a bookmark.
  topic: webhooks,
  read: readOrderEvent,
  upcasts: orderUpcasts,
  decider: {
    initial: { view: orderView.initial, changes: [] },
    evolve({ view, changes }, event, at) {
      const now = orderView.evolve(view, event, at);
      const { status, version } = now;
      return { view: now, changes: version > 1 && status === view.status ? changes : [...changes, { status, version, at }] };
    },
    decide: () => [],
  },
};

/** Calls back whoever placed an order, at every change of its status. Not in sequence: one call that hangs must not silence the others. */
export const callBack: Consumer<never, OrderEvent, Told> = {
  name: 'webhooks',
  about: called,
  // Which of them change the status is the view's to say.
  on: Object.keys(eventSchemas) as OrderEventType[],
  react: ({ changes }, { stream, seen }) =>
    changes
      .filter(({ version }) => version > seen)
      .map((change) => ({ effect: 'webhook', key: effectKey(stream, `webhook:${change.version}`), input: { stream, ...change } })),
};
