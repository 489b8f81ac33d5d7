import { describe, expect, it } from 'vitest';
import type { Tx } from './database.js';
import type { EventStore, Write } from './event-store.js';

export interface StoreUnderTest {
  readonly store: EventStore;
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
}

const at = '2026-11-24T08:00:00.000Z';
const write = (stream: string, expected: number, ...types: string[]): Write => ({
  stream,
  expected,
  at,
  meta: { lane: 'standard', correlation: 'c' },
  events: types.map((type) => ({ type, data: { of: type } })),
});

/** What every event store has to do, whatever it keeps its streams in. */
export function storeContract(name: string, make: () => StoreUnderTest | Promise<StoreUnderTest>): void {
  describe(`${name} as an event store`, () => {
    const fresh = (): string => `order:${crypto.randomUUID()}`;

    it('gives back what was appended, oldest first, with what belongs to it', async () => {
      const { store, transaction } = await make();
      const stream = fresh();
      expect(await transaction((tx) => store.append(tx, [write(stream, 0, 'A', 'B')]))).toEqual(['ok']);
      expect(await transaction((tx) => store.append(tx, [write(stream, 2, 'C')]))).toEqual(['ok']);
      const read = await transaction((tx) => store.load(tx, [{ stream, after: 0 }]));
      expect(read.get(stream)).toEqual(
        ['A', 'B', 'C'].map((type, n) => ({
          stream,
          version: n + 1,
          type,
          data: { of: type },
          meta: { lane: 'standard', correlation: 'c' },
          at,
        })),
      );
    });

    it('keeps with each event the shape of its own data, whatever the stream says of itself', async () => {
      const { store, transaction } = await make();
      const stream = fresh();
      const events = [
        { type: 'A', data: {}, shape: 2 },
        { type: 'B', data: {} },
      ];
      await transaction((tx) => store.append(tx, [{ ...write(stream, 0), events }]));
      const [first] = (await transaction((tx) => store.load(tx, [{ stream, after: 0 }]))).get(stream)!;
      await transaction((tx) => store.append(tx, [{ ...write(stream, 2, 'C'), meta: first!.meta }]));
      const read = await transaction((tx) => store.load(tx, [{ stream, after: 0 }]));
      expect(read.get(stream)!.map(({ type, meta: { lane, shape } }) => [type, lane, shape])).toEqual([
        ['A', 'standard', 2],
        ['B', 'standard', undefined],
        ['C', 'standard', undefined],
      ]);
    });

    it('reads from a version on, many streams at once, and knows nothing of one that is not there', async () => {
      const { store, transaction } = await make();
      const [one, two, none] = [fresh(), fresh(), fresh()];
      await transaction((tx) =>
        store.append(
          tx,
          [write(one, 0, 'A', 'B'), write(two, 0, 'C')].toSorted((a, b) => (a.stream < b.stream ? -1 : 1)),
        ),
      );
      const read = await transaction((tx) =>
        store.load(
          tx,
          [one, two, none].map((stream) => ({ stream, after: 1 })),
        ),
      );
      expect([...read]).toEqual([[one, [expect.objectContaining({ version: 2, type: 'B' })]]]);
    });

    it('answers a conflict for the stream that has moved on, writes nothing of it, and all of the others', async () => {
      const { store, transaction } = await make();
      const [moved, other] = [fresh(), fresh()].toSorted() as [string, string];
      await transaction((tx) => store.append(tx, [write(moved, 0, 'A', 'B')]));
      expect(await transaction((tx) => store.append(tx, [write(moved, 1, 'X', 'Y', 'Z'), write(other, 0, 'C')]))).toEqual([
        'conflict',
        'ok',
      ]);
      const read = await transaction((tx) =>
        store.load(
          tx,
          [moved, other].map((stream) => ({ stream, after: 0 })),
        ),
      );
      expect(read.get(moved)?.map((event) => event.type)).toEqual(['A', 'B']);
      expect(read.get(other)?.map((event) => event.type)).toEqual(['C']);
    });

    it('gives a version to one of many who want it', async () => {
      const { store, transaction } = await make();
      const stream = fresh();
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, n) => transaction((tx) => store.append(tx, [write(stream, 0, `A${n}`, `B${n}`)]))),
      );
      expect(answers.flat().filter((answer) => answer === 'ok')).toHaveLength(1);
      const read = await transaction((tx) => store.load(tx, [{ stream, after: 0 }]));
      const types = read.get(stream)!.map((event) => event.type);
      expect(types).toEqual([types[0], types[0]!.replace('A', 'B')]);
    });
  });
}
