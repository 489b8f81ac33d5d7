import { problem } from '#libs/host';
import { isRefusal } from '#libs/decider';
import { postgresEventStore, type Database } from '#libs/store';
import { fold, orders } from '#libs/work';
import type { Lane } from '#libs/bus';
import { keepAnswer, keptAnswer, type Once } from '../idempotency.js';

/**
 * Asks for an order's cancellation: a promise once it is in the stream. The expected version decides the race with the hand-over: whoever
 * appends first is right.
 * @returns the lane that has news; `replayed` if this very request was answered before
 * @throws {Problem} `not-found`, or `order-state` if it has gone too far
 */
export async function cancelOrder(db: Database, stream: string, detail: string, once?: Once): Promise<{ lane: Lane } | 'replayed'> {
  for (;;) {
    if (once && (await keptAnswer(db, once))) return 'replayed';
    const lane = await db
      .transaction(async (tx) => {
        if (once && !(await keepAnswer(tx, once, stream, {}))) throw new Overtaken();
        const events = (await postgresEventStore.load(tx, [{ stream, after: 0 }])).get(stream);
        if (!events) throw problem('not-found');
        const decided = orders.decider.decide({ do: 'cancel', detail }, fold(orders, events));
        if (isRefusal(decided)) throw problem('order-state', { detail: decided.refused });
        const { meta } = events[0]!;
        const [appended] = await postgresEventStore.append(tx, [
          { stream, expected: events.length, events: decided, meta, at: new Date().toISOString() },
        ]);
        if (appended === 'conflict') throw new Overtaken();
        return meta.lane;
      })
      .catch((error: unknown) => {
        if (error instanceof Overtaken) return undefined;
        throw error;
      });
    if (lane) return { lane };
  }
}

/** Somebody else wrote first: to be looked at again. */
class Overtaken extends Error {}
