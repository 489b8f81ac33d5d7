import { metaOf, type EventStore, type Recorded } from './event-store.js';

/** The streams in memory, for the unit tests of what appends and loads. It has no transactions: what is appended stays. */
export function memoryEventStore(): EventStore {
  const streams = new Map<string, Recorded[]>();
  return {
    append: async (_tx, writes) =>
      writes.map(({ stream, expected, events, meta, at }) => {
        const stored = streams.get(stream) ?? [];
        if (events.length === 0) return 'ok';
        if (stored.length !== expected) return 'conflict';
        const added = events.map((event, n) => ({
          stream,
          version: expected + 1 + n,
          type: event.type,
          data: structuredClone(event.data),
          meta: metaOf(event, meta),
          at,
        }));
        streams.set(stream, [...stored, ...added]);
        return 'ok';
      }),
    load: async (_tx, wanted) =>
      new Map(
        wanted
          .map(({ stream, after }) => [stream, (streams.get(stream) ?? []).filter((event) => event.version > after)] as const)
          .filter(([, events]) => events.length > 0),
      ),
  };
}
