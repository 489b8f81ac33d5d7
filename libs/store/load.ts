import type { Tx } from './database.js';
import type { EventStore, Meta, Recorded } from './event-store.js';

const statement = `
SELECT e.stream, e.version, e.type, e.data, e.meta, e.at
FROM unnest($1::text[], $2::int[]) AS wanted (stream, after)
CROSS JOIN LATERAL (SELECT * FROM events WHERE stream = wanted.stream AND version > wanted.after ORDER BY version) e`;

/** An event as the driver reads it. */
export interface EventRow {
  stream: string;
  version: number;
  type: string;
  data: unknown;
  meta: Meta;
  at: Date;
}

/** Reads the streams of a batch at once. */
export const load: EventStore['load'] = async (tx: Pick<Tx, 'run'>, streams) => {
  const found = new Map<string, Recorded[]>();
  if (streams.length === 0) return found;
  const rows = await tx.run<EventRow & Record<string, unknown>>('load', statement, [
    streams.map((one) => one.stream),
    streams.map((one) => one.after),
  ]);
  for (const { at, ...row } of rows) {
    const list = found.get(row.stream);
    const event: Recorded = { ...row, at: at.toISOString() };
    if (list) list.push(event);
    else found.set(row.stream, [event]);
  }
  return found;
};
