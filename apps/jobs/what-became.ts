import type { Stored } from '#libs/decider';
import { endTypes, readOrderEvent, type Line, type OrderEvent } from '#libs/order';
import type { Tx } from '#libs/store';

/** An order's beginning and end. */
export interface Became {
  readonly lines: readonly Line[];
  readonly events: readonly { readonly event: OrderEvent; readonly at: Date }[];
}

/** What became of these orders. Whatever else happened to them is not read. */
export async function whatBecame(tx: Pick<Tx, 'run'>, streams: readonly string[]): Promise<readonly Became[]> {
  const facts = await tx.run<Stored & { stream: string; at: Date }>(
    'walk-facts',
    `SELECT e.* FROM unnest($1::text[]) AS wanted (stream) CROSS JOIN LATERAL (
       SELECT stream, type, data, meta, at FROM events WHERE stream = wanted.stream AND type = ANY ($2)) e`,
    [streams, ['OrderPlaced', ...endTypes]],
  );
  const became = new Map<string, { lines: readonly Line[]; events: Became['events'] }>();
  for (const { stream, at, ...fact } of facts) {
    const event = readOrderEvent(fact);
    if (!event) continue;
    const one = became.get(stream) ?? { lines: [], events: [] };
    became.set(stream, { lines: event.type === 'OrderPlaced' ? event.data.lines : one.lines, events: [...one.events, { event, at }] });
  }
  return [...became.values()];
}
