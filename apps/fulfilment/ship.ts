import type { OrderCommand } from '#libs/order';
import { idOf, type Database } from '#libs/store';
import { batcher, why, type Ask, type Effect } from '#libs/work';

/** Hands the parcel to the carrier. After the pivot: there is no way back but the carrier's refusal, so it is asked until it answers. */
export function ship(carrier: Ask, db: Database): Effect<{ stream: string }, { id: string; tracking: string }, OrderCommand> {
  const addressOf = batcher((streams: readonly string[]) => addressesOf(db, streams), { most: 200, atOnce: 2 });
  return {
    name: 'ship',
    timeoutMs: 15_000,
    concurrency: 64,
    attempts: 50,
    async perform({ stream }, key, signal) {
      const shipTo = (await addressOf(stream)).get(stream);
      if (!shipTo) return { refused: 'address-erased' };
      return carrier.call('/carrier/parcels', { orderId: idOf(stream), shipTo }, key, signal);
    },
    lookup: (_, key, signal) => carrier.lookup('/carrier/operations', key, signal),
    settle(_, outcome) {
      if ('done' in outcome) return { command: { do: 'shipped', tracking: outcome.done.tracking } };
      if ('refused' in outcome) return { command: { do: 'shipment-refused', detail: outcome.refused } };
      if (outcome.givenUp) return { dead: true };
      return { command: { do: 'step-failed', step: 'ship', attempt: outcome.attempt, detail: why(outcome) } };
    },
  };
}

/** One statement for all parcels that go at once. */
async function addressesOf(db: Database, streams: readonly string[]): Promise<ReadonlyMap<string, object>> {
  const rows = await db.run<{ stream: string; ship_to: object }>(
    'ship-to',
    'SELECT stream, ship_to FROM addresses WHERE stream = ANY ($1)',
    [streams],
  );
  return new Map(rows.map((row) => [row.stream, row.ship_to]));
}
