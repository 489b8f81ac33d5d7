import type { Tx } from './database.js';
import { metaOf, type EventStore, type Write } from './event-store.js';

/** An event larger than this is refused before the broker could refuse it for good. */
const largestEvent = 512 * 1024;

/**
 * One statement for a whole batch. The first event of each write takes the version; whoever holds that holds all that follow it, since
 * nobody appends behind a version that is not there yet. Sorted by stream, so that two batches wait for each other in one direction only.
 */
const statement = `
WITH given AS (
  SELECT * FROM unnest($1::text[], $2::int[], $3::text[], $4::json[], $5::json[], $6::timestamptz[], $7::text[], $8::boolean[])
    AS t (stream, version, type, data, meta, at, lane, first)
), taken AS (
  INSERT INTO events (stream, version, type, data, meta, at)
  SELECT stream, version, type, data, meta, at FROM given WHERE first ORDER BY stream
  ON CONFLICT DO NOTHING RETURNING stream
), others AS (
  INSERT INTO events (stream, version, type, data, meta, at)
  SELECT g.stream, g.version, g.type, g.data, g.meta, g.at FROM given g JOIN taken USING (stream) WHERE NOT g.first
), news AS (
  INSERT INTO outbox (lane, stream, version)
  SELECT g.lane, g.stream, g.version FROM given g JOIN taken USING (stream) ORDER BY g.stream, g.version
)
SELECT stream FROM taken`;

export const append: EventStore['append'] = async (tx: Tx, writes: readonly Write[]) => {
  if (writes.length === 0) return [];
  tx.locks('stream');
  const rows = writes.flatMap((write) =>
    write.events.map((event, n) => ({
      ...event,
      ...write,
      version: write.expected + 1 + n,
      data: encode(write.stream, event.data),
      first: n === 0,
    })),
  );
  const taken = await tx.run<{ stream: string }>('append', statement, [
    rows.map((row) => row.stream),
    rows.map((row) => row.version),
    rows.map((row) => row.type),
    rows.map((row) => row.data),
    rows.map((row) => JSON.stringify(metaOf(row, row.meta))),
    rows.map((row) => row.at),
    rows.map((row) => row.meta.lane),
    rows.map((row) => row.first),
  ]);
  const mine = new Set(taken.map((row) => row.stream));
  return writes.map((write) => (write.events.length === 0 || mine.has(write.stream) ? 'ok' : 'conflict'));
};

/** @throws {Error} if the event is larger than any broker would take */
function encode(stream: string, data: unknown): string {
  const text = JSON.stringify(data);
  if (text.length > largestEvent)
    throw new Error(`An event of ${stream} has ${text.length} characters, ${largestEvent} at most are allowed.`);
  return text;
}
