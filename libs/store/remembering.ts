import { metaOf, type EventStore, type Recorded, type Write } from './event-store.js';

/**
 * Streams are only ever added to, so what was read of one, or appended to it, stays right: it is kept, for the streams used last. Only what
 * came after it is read again, and not even that by whoever needs no more than is kept. An order is read about twenty times on its way.
 */
export function remembering(store: EventStore, most = 5_000): EventStore {
  const kept = new Map<string, readonly Recorded[]>();
  /** What a transaction has appended may be rolled back: what it reads after that is not kept. */
  const written = new WeakSet<object>();
  return {
    async append(tx, writes) {
      written.add(tx);
      const answers = await store.append(tx, writes);
      // What is kept is behind: whoever was overtaken has to read again.
      writes.forEach(({ stream }, n) => answers[n] === 'conflict' && kept.delete(stream));
      tx.onCommit(() => writes.forEach((write, n) => answers[n] === 'ok' && add(write)));
      return answers;
    },
    async load(tx, streams) {
      if (written.has(tx)) return store.load(tx, streams);
      const wanted = streams.map((one) => ({ ...one, before: kept.get(one.stream) }));
      const found = await store.load(
        tx,
        wanted
          .filter(({ before, known }) => !before || known === undefined || before.length < known)
          .map(({ stream, after, before }) => ({ stream, after: before ? before.length : after })),
      );
      const loaded = new Map<string, readonly Recorded[]>();
      for (const { stream, after, before = [] } of wanted) {
        const news = found.get(stream) ?? [];
        const all = news.length > 0 ? [...before, ...news] : before;
        if (all[0]?.version === 1) keep(stream, all);
        const some = all.filter(({ version }) => version > after);
        if (some.length > 0) loaded.set(stream, some);
      }
      return loaded;
    },
  };

  function add({ stream, expected, events, meta, at }: Write): void {
    const before = kept.get(stream) ?? [];
    // Its beginning was read by nobody here, or somebody has read on meanwhile.
    if (before.length !== expected) return;
    // As they will be read: a field without a value is none.
    const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
    keep(stream, [
      ...before,
      ...events.map((event, n) => ({
        stream,
        version: expected + 1 + n,
        type: event.type,
        data: plain(event.data),
        meta: metaOf(event, meta),
        at,
      })),
    ]);
  }

  function keep(stream: string, events: readonly Recorded[]): void {
    const before = kept.get(stream) ?? [];
    // Used last, stands last. Two that read at once: the longer history stays.
    kept.delete(stream);
    kept.set(stream, before.length > events.length ? before : events);
    if (kept.size > most) kept.delete(kept.keys().next().value!);
  }
}
