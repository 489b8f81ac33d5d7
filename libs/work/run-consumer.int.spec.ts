import { EmbeddedBus, type News } from '#libs/bus';
import { reader, type Upcast } from '#libs/decider';
import { type Database, postgresEventStore, type EventStore, type NewEvent } from '#libs/store';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { openDatabase } from '../../test/setup/database.js';
import type { Aggregate } from './aggregate.js';
import type { Consumer, Reaction } from './consumer.js';
import { ConsumerRunner } from './run-consumer.js';
import { notes, type Tell, type Told } from './test-aggregate.js';

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => void ({ db, close } = await openDatabase()));
afterAll(() => close());

const desk = { claim: crypto.randomUUID(), leaseMs: 10_000, room: () => 5, take: vi.fn<() => void>() };
beforeEach(() => desk.take.mockClear());

type Notes = Consumer<Tell, Told, readonly string[]>;
let nth = 0;
const consumer = (react: (state: readonly string[], stream: string) => readonly Reaction<Tell>[], more: Partial<Notes> = {}): Notes => ({
  name: `consumer-${(nth += 1)}`,
  about: notes,
  on: ['Started', 'Asked', 'Done', 'Failed'],
  react: (state, { stream }) => react(state, stream),
  ...more,
});
const runner = (of: Consumer<any, any, any>, store: EventStore = postgresEventStore) =>
  new ConsumerRunner(of, { db, store, bus: new EmbeddedBus(), desk, appended: () => {}, log: () => {} });

const at = new Date().toISOString();
async function stream(...types: string[]): Promise<string> {
  const name = `note:${crypto.randomUUID()}`;
  await db.transaction((tx) =>
    postgresEventStore.append(tx, [
      { stream: name, expected: 0, at, meta: { lane: 'standard' }, events: types.map((type) => ({ type, data: {} })) },
    ]),
  );
  return name;
}
const news = (name: string, version = 1): News => ({
  id: `${name}/${version}`,
  stream: name,
  version,
  type: 'Started',
  lane: 'standard',
  at,
  data: {},
});
const typesOf = async (name: string) =>
  ((await postgresEventStore.load(db, [{ stream: name, after: 0 }])).get(name) ?? []).map((event) => event.type);
const bookmark = async (of: { readonly name: string }, name: string) =>
  (
    await db.run('t-mark', 'SELECT version, head, attempts, due, dead_at, error FROM bookmarks WHERE consumer = $1 AND stream = $2', [
      of.name,
      name,
    ])
  )[0];

describe('a consumer', () => {
  it('handles its news once, however often they come, and takes note of its own at once', async () => {
    const seen: string[][] = [];
    const of = consumer((state) => {
      seen.push([...state]);
      return [{ command: { tell: 'Asked' } }, { effect: 'ring', key: `ring-${nth}`, input: {} }];
    });
    const name = await stream('Started');
    const one = runner(of);
    await one.hear([news(name), news(name)]);
    await one.hear([news(name), news(name, 2)]);
    expect(await typesOf(name)).toEqual(['Started', 'Asked']);
    expect(await bookmark(of, name)).toMatchObject({ version: 2, head: 2 });
    expect(seen).toEqual([['Started'], ['Started', 'Asked']]);
    expect(desk.take).toHaveBeenCalledTimes(1);
    expect(desk.take).toHaveBeenCalledWith([expect.objectContaining({ key: `ring-${nth}`, attempts: 1 })], expect.any(Number));
  });

  it('fails alone: the others of its batch go on, and what it had said is taken back', async () => {
    const good = await stream('Started');
    const bad = await stream('Started');
    const of = consumer((_, name) => {
      if (name === bad) throw new Error('poison');
      return [{ command: { tell: 'Done' } }];
    });
    await runner(of).hear([news(good), news(bad)]);
    expect(await typesOf(good)).toEqual(['Started', 'Done']);
    expect(await typesOf(bad)).toEqual(['Started']);
    expect(await bookmark(of, bad)).toMatchObject({ version: 0, head: 1, attempts: 1, error: 'poison', dead_at: null });
  });

  it('waits for its next try whatever news come, is dead after the last, and never tried again', async () => {
    const name = await stream('Started');
    let tried = 0;
    const of = consumer(() => {
      tried += 1;
      throw new Error('poison');
    });
    const one = runner(of);
    await one.hear([news(name)]);
    await one.hear([news(name)]);
    expect(tried).toBe(1);
    for (let n = 0; n < 20; n++) {
      await db.run('t-due', 'UPDATE bookmarks SET due = now() WHERE consumer = $1 AND dead_at IS NULL', [of.name]);
      await one.hear([news(name)]);
    }
    expect(tried).toBe(12);
    expect((await bookmark(of, name))!.dead_at).not.toBeNull();
  });

  it('parks a stream with an event of tomorrow, without counting it as a failure', async () => {
    const name = await stream('Started', 'Tomorrow');
    const of = consumer(() => [{ command: { tell: 'Done' } }]);
    await runner(of).hear([news(name)]);
    expect(await bookmark(of, name)).toMatchObject({ attempts: 0, dead_at: null, error: expect.stringContaining('Tomorrow') });
  });

  it('handles what it has parked once its build knows the event', async () => {
    const name = await stream('Started', 'Tomorrow');
    const before = consumer(() => [{ command: { tell: 'Done' } }]);
    await runner(before).hear([news(name)]);
    expect(await typesOf(name)).toEqual(['Started', 'Tomorrow']);
    const knowing: typeof notes = {
      ...notes,
      read: (fact) => (fact.type === 'Tomorrow' ? (fact as never) : notes.read(fact)),
    };
    const upgraded = runner({ ...before, about: knowing });
    await db.run('t-upgraded', 'UPDATE bookmarks SET due = now() WHERE consumer = $1', [before.name]);
    upgraded.start();
    await vi.waitFor(async () => expect(await typesOf(name)).toEqual(['Started', 'Tomorrow', 'Done']), 5_000);
    await upgraded.stop();
    expect(await bookmark(before, name)).toMatchObject({ version: 3, attempts: 0, error: null });
  });

  it('reacts anew when another was faster, and gives back what it had taken', async () => {
    const name = await stream('Started');
    const other = await stream('Started');
    await db.run('t-table', 'CREATE TABLE taken (by text)', []);
    let raced = false;
    // Between our load and our append somebody else appends to one of the streams.
    const racing: EventStore = {
      ...postgresEventStore,
      async append(tx, writes) {
        if (!raced) {
          raced = true;
          await db.transaction((own) =>
            postgresEventStore.append(own, [
              { stream: name, expected: 1, at, meta: { lane: 'standard' }, events: [{ type: 'Asked', data: {} }] },
            ]),
          );
        }
        return postgresEventStore.append(tx, writes);
      },
    };
    const of = consumer((state) => (state.includes('Done') ? [] : [{ command: { tell: 'Done' } }]), {
      async need(tx, states) {
        for (const [each, state] of states) if (!state.includes('Done')) await tx.run('t-take', 'INSERT INTO taken VALUES ($1)', [each]);
        return new Map([...states.keys()].map((each) => [each, undefined]));
      },
    });
    await runner(of, racing).hear([news(name), news(other)]);
    expect(await typesOf(name)).toEqual(['Started', 'Asked', 'Done']);
    expect(await typesOf(other)).toEqual(['Started', 'Done']);
    expect((await db.run<{ by: string }>('t-taken', 'SELECT by FROM taken', [])).map(({ by }) => by).toSorted()).toEqual(
      [name, other].toSorted(),
    );
  });

  it('goes alone when another was faster, and nothing that it had said stands: the others of its batch are written', async () => {
    const [slow, other] = [await stream('Started'), await stream('Started')];
    const batches: string[][] = [];
    const racing: EventStore = {
      ...postgresEventStore,
      async append(tx, writes) {
        batches.push(writes.map((write) => write.stream));
        if (batches.length === 1) {
          const asked = { stream: slow, expected: 1, at, meta: { lane: 'standard' as const }, events: [{ type: 'Asked', data: {} }] };
          await db.transaction((own) => postgresEventStore.append(own, [asked]));
        }
        return postgresEventStore.append(tx, writes);
      },
    };
    const of = consumer(
      (state, name) =>
        state.includes('Done') ? [] : [{ command: { tell: 'Done' } }, { effect: 'ring', key: `${name}:after-${state.at(-1)}`, input: {} }],
      { need: async (_, states) => new Map([...states.keys()].map((each) => [each, undefined])), took: () => false },
    );
    await runner(of, racing).hear([news(slow), news(other)]);
    expect(batches).toEqual([[slow, other].toSorted(), [slow]]);
    expect(await typesOf(slow)).toEqual(['Started', 'Asked', 'Done']);
    expect(await typesOf(other)).toEqual(['Started', 'Done']);
    const keys = await db.run<{ key: string }>('t-keys', 'SELECT key FROM effects WHERE stream = ANY ($1)', [[slow, other]]);
    expect(keys.map(({ key }) => key).toSorted()).toEqual([`${slow}:after-Asked`, `${other}:after-Started`].toSorted());
    expect(desk.take.mock.calls).toEqual([
      [[expect.objectContaining({ key: `${other}:after-Started` })], expect.any(Number)],
      [[expect.objectContaining({ key: `${slow}:after-Asked` })], expect.any(Number)],
    ]);
    expect(await bookmark(of, slow)).toMatchObject({ version: 3 });
  });

  it('looks again at its time, without news', async () => {
    const name = await stream('Started');
    let looked = 0;
    const of = consumer(() => ((looked += 1) === 1 ? [{ lookAgain: new Date().toISOString() }] : [{ command: { tell: 'Done' } }]));
    const one = runner(of);
    await one.hear([news(name)]);
    one.start();
    await vi.waitFor(async () => expect(await typesOf(name)).toEqual(['Started', 'Done']), 5_000);
    await one.stop();
  });

  it('gives the same when two instances hear the same news at once', async () => {
    const names = await Promise.all(Array.from({ length: 40 }, () => stream('Started')));
    const of = consumer((state) => (state.includes('Failed') ? [] : [{ command: { tell: 'Failed' } }]));
    const [one, two] = [runner(of), runner(of)];
    const all = names.map((name) => news(name));
    await Promise.all([one.hear(all), two.hear(all.toReversed()), one.hear(all), two.hear(all)]);
    for (const name of names) expect(await typesOf(name)).toEqual(['Started', 'Failed']);
  });
});

describe('a fact whose shape has changed', () => {
  /** Kilograms once, grams since. `Weighed` is read as these upcasts say. */
  const scales = (...steps: Upcast[]): Aggregate<number, { type: 'Weighed'; data: { grams: number } }, number> => ({
    kind: 'note',
    topic: 'notes',
    upcasts: { Weighed: steps },
    read: reader({ Weighed: {} }, { Weighed: steps }),
    decider: {
      initial: 0,
      evolve: (sum, { data }) => sum + data.grams,
      decide: (grams) => [{ type: 'Weighed', data: { grams } }],
    },
  });
  const inGrams: Upcast = ({ kilos }) => ({ grams: kilos * 1_000 });
  const weigher = (
    about: ReturnType<typeof scales>,
    seen: number[],
  ): Consumer<number, { type: 'Weighed'; data: { grams: number } }, number> => ({
    name: 'weigher',
    about,
    on: ['Weighed'],
    react(sum) {
      seen.push(sum);
      return sum < 2_500 ? [{ command: 500 }] : [];
    },
  });
  const weighed = async (...events: NewEvent[]) => {
    const name = `note:${crypto.randomUUID()}`;
    await db.transaction((tx) => postgresEventStore.append(tx, [{ stream: name, expected: 0, at, meta: { lane: 'standard' }, events }]));
    return name;
  };
  const stored = async (name: string) =>
    (await postgresEventStore.load(db, [{ stream: name, after: 0 }])).get(name)!.map(({ data, meta: { shape } }) => ({ data, shape }));

  it('is folded in the shape of today, and stays as it was written; the next is written as today', async () => {
    const name = await weighed({ type: 'Weighed', data: { kilos: 2 } });
    const seen: number[] = [];
    await runner(weigher(scales(inGrams), seen)).hear([{ ...news(name), type: 'Weighed' }]);
    expect(seen).toEqual([2_000, 2_500]);
    expect(await stored(name)).toEqual([
      { data: { kilos: 2 }, shape: undefined },
      { data: { grams: 500 }, shape: 2 },
    ]);
  });

  it('waits, uncounted, where it is of a later build, and is handled once this one is that', async () => {
    const name = await weighed({ type: 'Weighed', data: { kilos: 1 } }, { type: 'Weighed', data: { grams: 1_000 }, shape: 2 });
    const seen: number[] = [];
    const today = weigher(scales(), seen);
    await runner(today).hear([{ ...news(name, 2), type: 'Weighed' }]);
    expect(seen).toEqual([]);
    expect(await bookmark(today, name)).toMatchObject({ attempts: 0, dead_at: null, error: expect.stringContaining('Weighed of shape 2') });

    const upgraded = runner(weigher(scales(inGrams), seen));
    await db.run('t-upgrade', 'UPDATE bookmarks SET due = now() WHERE stream = $1', [name]);
    upgraded.start();
    await vi.waitFor(async () => expect(await stored(name)).toHaveLength(3), 5_000);
    await upgraded.stop();
    expect(seen).toEqual([2_000, 2_500]);
    expect(await bookmark(today, name)).toMatchObject({ version: 3, attempts: 0, error: null });
  });
});
