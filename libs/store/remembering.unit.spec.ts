import { describe, expect, it } from 'vitest';
import type { Tx } from './database.js';
import { storeContract } from './contract.js';
import { memoryEventStore } from './memory.js';
import { remembering } from './remembering.js';
import type { EventStore } from './event-store.js';

/** Committed once it has appended, or rolled back. */
const tx = (): Tx => ({ onCommit: (work) => work() }) as Tx;
const rolledBack = (): Tx => ({ onCommit: () => {} }) as unknown as Tx;
const at = new Date().toISOString();
const write = (stream: string, expected: number, type: string) => [
  { stream, expected, at, meta: { lane: 'standard' as const }, events: [{ type, data: {} }] },
];

/** A store that says from where each stream was read. */
function watched() {
  const memory = memoryEventStore();
  const reads: [string, number][] = [];
  const store: EventStore = {
    append: memory.append,
    load(of, streams) {
      reads.push(...streams.map(({ stream, after }): [string, number] => [stream, after]));
      return memory.load(of, streams);
    },
  };
  return { store, reads };
}

storeContract('memory, remembered', () => ({ store: remembering(memoryEventStore()), transaction: (work) => work(tx()) }));

describe('a store that remembers', () => {
  it('reads again only what came after, and answers for any version', async () => {
    const { store, reads } = watched();
    const remembers = remembering(store);
    await store.append(tx(), write('order:a', 0, 'A'));
    await remembers.load(tx(), [{ stream: 'order:a', after: 0 }]);
    await store.append(tx(), write('order:a', 1, 'B'));
    const all = await remembers.load(tx(), [{ stream: 'order:a', after: 0 }]);
    expect(all.get('order:a')!.map(({ type }) => type)).toEqual(['A', 'B']);
    const some = await remembers.load(tx(), [{ stream: 'order:a', after: 1 }]);
    expect(some.get('order:a')!.map(({ type }) => type)).toEqual(['B']);
    expect(await remembers.load(tx(), [{ stream: 'order:a', after: 2 }])).toEqual(new Map());
    expect(reads.map(([, after]) => after)).toEqual([0, 1, 2, 2]);
  });

  it('keeps nothing that a transaction reads after it has written: it may be rolled back', async () => {
    const { store, reads } = watched();
    const remembers = remembering(store);
    const one = rolledBack();
    await remembers.append(one, write('order:a', 0, 'A'));
    await remembers.load(one, [{ stream: 'order:a', after: 0 }]);
    await remembers.load(tx(), [{ stream: 'order:a', after: 0 }]);
    expect(reads).toEqual([
      ['order:a', 0],
      ['order:a', 0],
    ]);
  });

  it('reads nothing for whoever needs no more than is kept', async () => {
    const { store, reads } = watched();
    const remembers = remembering(store);
    await store.append(tx(), write('order:a', 0, 'A'));
    await remembers.load(tx(), [{ stream: 'order:a', after: 0, known: 1 }]);
    const [again, more] = [
      { stream: 'order:a', after: 0, known: 1 },
      { stream: 'order:a', after: 0, known: 2 },
    ] as const;
    expect((await remembers.load(tx(), [again])).get('order:a')).toHaveLength(1);
    expect(reads).toHaveLength(1);
    await store.append(tx(), write('order:a', 1, 'B'));
    expect((await remembers.load(tx(), [more])).get('order:a')).toHaveLength(2);
    expect(reads.slice(1)).toEqual([['order:a', 1]]);
  });

  it('keeps what it has appended once that stands, as it will be read', async () => {
    const { store, reads } = watched();
    const remembers = remembering(store);
    const known = { stream: 'order:a', after: 0, known: 1 };
    await remembers.append(tx(), [{ ...write('order:a', 0, 'A')[0]!, events: [{ type: 'A', data: { one: 1, none: undefined } }] }]);
    const kept = (await remembers.load(tx(), [known])).get('order:a')!;
    expect(reads).toEqual([]);
    expect(kept).toEqual([{ stream: 'order:a', version: 1, type: 'A', data: { one: 1 }, meta: { lane: 'standard' }, at }]);
    expect(Object.keys(kept[0]!.data as object)).toEqual(['one']);
  });

  it('forgets a stream that another was faster to append to', async () => {
    const { store, reads } = watched();
    const remembers = remembering(store);
    await remembers.append(tx(), write('order:a', 0, 'A'));
    await store.append(tx(), write('order:a', 1, 'B'));
    expect(await remembers.append(tx(), write('order:a', 1, 'C'))).toEqual(['conflict']);
    const read = await remembers.load(tx(), [{ stream: 'order:a', after: 0, known: 1 }]);
    expect(read.get('order:a')!.map(({ type }) => type)).toEqual(['A', 'B']);
    expect(reads).toEqual([['order:a', 0]]);
  });

  it('keeps so many streams, those used last', async () => {
    const { store, reads } = watched();
    const remembers = remembering(store, 2);
    for (const name of ['a', 'b', 'c']) await store.append(tx(), write(`order:${name}`, 0, 'A'));
    for (const name of ['a', 'b', 'a', 'c', 'a', 'b']) await remembers.load(tx(), [{ stream: `order:${name}`, after: 0 }]);
    expect(reads.map(([stream, after]) => `${stream.at(-1)}${after}`)).toEqual(['a0', 'b0', 'a1', 'c0', 'a1', 'b0']);
  });
});
