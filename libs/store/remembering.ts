import type { EventStore, Recorded } from './event-store.js';

/**
 * Streams are only ever added to, so what was read of one stays right: it is kept, for the streams used last, and only what came after it is
 * read again. An order is read about ten times on its way.
 */
export function remembering(store: EventStore, most = 5_000): EventStore {
  const kept = new Map<string, readonly Recorded[]>();
  /** What a transaction has appended may be rolled back: what it reads after that is not kept. */
  const written = new WeakSet<object>();
  return {
    append(tx, writes) {
      written.add(tx);
      return store.append(tx, writes);
    },
    async load(tx, streams) {
      if (written.has(tx)) return store.load(tx, streams);
      const wanted = streams.map(({ stream, after }) => ({ stream, after, before: kept.get(stream) }));
      const found = await store.load(
        tx,
        wanted.map(({ stream, after, before }) => ({ stream, after: before ? before.length : after })),
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

  function keep(stream: string, events: readonly Recorded[]): void {
    // Used last, stands last.
    kept.delete(stream);
    kept.set(stream, events);
    if (kept.size > most) kept.delete(kept.keys().next().value!);
  }
}
