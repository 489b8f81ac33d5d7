import { problem } from '#libs/host';
import { isRefusal } from '#libs/decider';
import { postgresEventStore, type Database } from '#libs/store';
import { fold, orders } from '#libs/work';
import type { Lane } from '#libs/bus';

/**
 * Asks for an order's cancellation: a promise once it is in the stream. The expected version decides the race with the hand-over: whoever
 * appends first is right.
 * @throws {Problem} `not-found`, or `order-state` if it has gone too far
 */
export async function cancelOrder(db: Database, stream: string, detail: string): Promise<Lane> {
  for (;;) {
    const answer = await db.transaction(async (tx) => {
      const events = (await postgresEventStore.load(tx, [{ stream, after: 0 }])).get(stream);
      if (!events) throw problem('not-found');
      const decided = orders.decider.decide({ do: 'cancel', detail }, fold(orders, events));
      if (isRefusal(decided)) throw problem('order-state', { detail: decided.refused });
      const { meta } = events[0]!;
      const [appended] = await postgresEventStore.append(tx, [
        { stream, expected: events.length, events: decided, meta, at: new Date().toISOString() },
      ]);
      return { appended, lane: meta.lane };
    });
    if (answer.appended === 'ok') return answer.lane;
  }
}
