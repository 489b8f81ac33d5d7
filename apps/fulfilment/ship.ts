import type { OrderCommand } from '#libs/order';
import { idOf, type Database } from '#libs/store';
import { why, type Ask, type Effect } from '#libs/work';

/** Hands the parcel to the carrier. After the pivot: there is no way back but the carrier's refusal, so it is asked until it answers. */
export const ship = (carrier: Ask, db: Database): Effect<{ stream: string }, { id: string; tracking: string }, OrderCommand> => ({
  name: 'ship',
  timeoutMs: 15_000,
  concurrency: 64,
  attempts: 50,
  async perform({ stream }, key, signal) {
    const [row] = await db.run<{ ship_to: object }>('ship-to', 'SELECT ship_to FROM addresses WHERE stream = $1', [stream]);
    if (!row) return { refused: 'address-erased' };
    return carrier.call('/carrier/parcels', { orderId: idOf(stream), shipTo: row.ship_to }, key, signal);
  },
  lookup: (_, key, signal) => carrier.lookup('/carrier/operations', key, signal),
  settle(_, outcome) {
    if ('done' in outcome) return { command: { do: 'shipped', tracking: outcome.done.tracking } };
    if ('refused' in outcome) return { command: { do: 'shipment-refused', detail: outcome.refused } };
    if (outcome.givenUp) return { dead: true };
    return { command: { do: 'step-failed', step: 'ship', attempt: outcome.attempt, detail: why(outcome) } };
  },
});
