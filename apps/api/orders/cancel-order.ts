import { problem } from '#libs/host';
import { isRefusal } from '#libs/decider';
import { postgresEventStore, type Database, type Tx } from '#libs/store';
import { decide, fold, orders } from '#libs/work';
import type { Lane } from '#libs/bus';
import { answerOnce, Overtaken, type Once } from '#libs/idempotency';

/**
 * Asks for an order's cancellation: a promise once it is in the stream. The expected version decides the race with the hand-over: who
 * appends first has its way, and the other looks again.
 * @returns the lane that has news; whether this very request was answered before
 * @throws {Problem} `not-found`, or `order-state` if it has gone too far
 */
export async function cancelOrder(db: Database, stream: string, reason?: string, once?: Once): Promise<{ lane: Lane; replayed: boolean }> {
  const { answer, replayed } = await answerOnce<{ lane: Lane }>(db, once, stream, async (tx, keep) => {
    const events = (await postgresEventStore.load(tx, [{ stream, after: 0 }])).get(stream);
    if (!events) throw problem('not-found');
    const { meta } = events[0]!;
    await keep({ lane: meta.lane });
    const decided = decide(orders, { do: 'cancel', detail: 'The customer asked for it.' }, fold(orders, events));
    if (isRefusal(decided)) throw problem('order-state', { detail: decided.refused });
    const [appended] = await postgresEventStore.append(tx, [
      { stream, expected: events.length, events: decided, meta, at: new Date().toISOString() },
    ]);
    if (appended === 'conflict') throw new Overtaken();
    if (reason !== undefined && decided.length > 0) await keepReason(tx, stream, reason);
    return { lane: meta.lane };
  });
  return { ...answer, replayed };
}

/** What a customer writes may be personal, so it stands in no event. */
const keepReason = (tx: Tx, stream: string, reason: string) =>
  tx.run('cancel-reason', `INSERT INTO personal (stream, kind, data) VALUES ($1, 'cancellation', $2) ON CONFLICT DO NOTHING`, [
    stream,
    JSON.stringify({ reason }),
  ]);
