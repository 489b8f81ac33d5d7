import {
  type Database,
  endEffects,
  type EventStore,
  insertEffects,
  postgresEventStore,
  postponeEffect,
  redriveDeadLetters,
  withdrawEffects,
} from '#libs/store';
import type { Lane } from '#libs/bus';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { openDatabase } from '../../test/setup/database.js';
import type { Effect, Outcome } from './effect.js';
import { EffectRunner } from './run-effects.js';
import { notes, type Tell } from './test-aggregate.js';

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => void ({ db, close } = await openDatabase()));
afterAll(() => close());

type Ring = Effect<{ n: number }, string, Tell>;
let nth = 0;
const effect = (perform: Ring['perform'], more: Partial<Ring> = {}): Ring => ({
  name: `ring-${(nth += 1)}`,
  timeoutMs: 5_000,
  concurrency: 4,
  attempts: 3,
  perform,
  settle: (_, outcome) =>
    'done' in outcome ? { command: { tell: 'Done' } } : outcome.givenUp ? { command: { tell: 'Failed' }, dead: true } : {},
  ...more,
});

const runners: EffectRunner[] = [];
afterEach(async () => {
  await Promise.all(runners.splice(0).map((one) => one.stop(0)));
});
function runner(of: Ring | readonly Ring[], leaseMs = 600, store: EventStore = postgresEventStore): EffectRunner {
  const performed = [of].flat().map((each) => ({ effect: each, about: notes }));
  const one = new EffectRunner(performed, {
    db,
    store,
    appended: () => {},
    log: () => {},
    leaseMs,
  });
  runners.push(one);
  return one;
}

const at = new Date().toISOString();
/** Asks for an effect as a consumer does: claimed by `by`, or by nobody. */
async function ask(of: Ring, by?: EffectRunner, key = `note:${crypto.randomUUID()}:ring`, lane: Lane = 'standard') {
  const stream = key.slice(0, key.lastIndexOf(':'));
  const row = { key, kind: of.name, stream, lane, input: { n: 1 }, claimed: by !== undefined };
  const rows = await db.transaction(async (tx) => {
    await postgresEventStore.append(tx, [{ stream, expected: 0, at, meta: { lane }, events: [{ type: 'Started', data: {} }] }]);
    return insertEffects(tx, [row], by?.claim ?? crypto.randomUUID(), 600);
  });
  return { key, stream, rows };
}
const typesOf = async (stream: string) =>
  ((await postgresEventStore.load(db, [{ stream, after: 0 }])).get(stream) ?? []).map((event) => event.type);
const stateOf = async (key: string) =>
  (await db.run('t-effect', 'SELECT state, attempts, round, unknown FROM effects WHERE key = $1', [key]))[0];
const until = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 10_000, interval: 20 });

describe('an effect', () => {
  it('is performed by who inserts it, once, and settled with what it leads to', async () => {
    const perform = vi.fn<Ring['perform']>(async () => ({ done: 'rung' }));
    const of = effect(perform);
    const one = runner(of);
    one.start();
    const { key, stream, rows } = await ask(of, one);
    one.take(rows, performance.now());
    await until(async () => expect(await typesOf(stream)).toEqual(['Started', 'Done']));
    expect(await stateOf(key)).toMatchObject({ state: 'done', attempts: 1 });
    expect(perform.mock.calls.map(([, sent]) => sent)).toEqual([key]);
  });

  it('goes with a new key after a definite failure, with the same one after none that is known', async () => {
    const answers: Outcome<string>[] = [{ failed: 'busy', retryAfterMs: 0 }, { ambiguous: 'no answer' }, { done: 'rung' }];
    const keys: string[] = [];
    const of = effect(async (_, key) => {
      keys.push(key);
      return answers.shift()!;
    });
    const one = runner(of);
    one.start();
    const { key, stream, rows } = await ask(of, one);
    one.take(rows, performance.now());
    await until(async () => expect(await typesOf(stream)).toEqual(['Started', 'Done']));
    expect(keys).toEqual([key, `${key}:2`, `${key}:2`]);
  });

  it('that is not tried now counts no attempt, leaves its place to others, and comes again', async () => {
    const answers = [{ notForMs: 300 }, { notForMs: 0 }, { done: 'rung' }];
    const attempts: number[] = [];
    const of = effect(async (_, _key, _signal, attempt) => {
      attempts.push(attempt);
      return answers.shift()!;
    });
    const one = runner(of);
    const { key, stream, rows } = await ask(of, one);
    one.take(rows, performance.now());
    await until(async () => expect(await stateOf(key)).toMatchObject({ state: 'open', attempts: 0, unknown: false, round: 1 }));
    one.start();
    await until(async () => expect(await typesOf(stream)).toEqual(['Started', 'Done']));
    expect(attempts).toEqual([1, 1, 1]);
  });

  it('is asked for first when whoever claimed it is gone', async () => {
    const perform = vi.fn<Ring['perform']>(async () => ({ done: 'again' }));
    const lookup = vi.fn<NonNullable<Ring['lookup']>>(async () => ({ done: 'it had been done' }));
    const of = effect(perform, { lookup });
    const gone = runner(of);
    const { key, stream } = await ask(of, gone);
    runner(of).start();
    await until(async () => expect(await typesOf(stream)).toEqual(['Started', 'Done']));
    expect(perform).not.toHaveBeenCalled();
    expect(lookup).toHaveBeenCalledTimes(1);
    expect(await stateOf(key)).toMatchObject({ state: 'done', attempts: 2 });
  });

  it('has its late outcome thrown away with all it led to, once another has taken it over', async () => {
    let answer: (outcome: Outcome<string>) => void = () => {};
    const of = effect(() => new Promise((resolve) => (answer = resolve)));
    const frozen = runner(of);
    const { key, stream, rows } = await ask(of, frozen);
    // Not started: it performs, and gives no sign of life, as a process that is frozen in the middle.
    frozen.take(rows, performance.now());
    await until(async () =>
      expect((await db.run('t-late', 'SELECT FROM effects WHERE key = $1 AND claimed_until < now()', [key])).length).toBe(1),
    );
    await db.run('t-over', `UPDATE effects SET claim = gen_random_uuid(), claimed_until = now() + interval '1 hour' WHERE key = $1`, [key]);
    answer({ done: 'too late' });
    await frozen.stop(1_000);
    expect(await typesOf(stream)).toEqual(['Started']);
    expect(await stateOf(key)).toMatchObject({ state: 'open' });
  });

  it('is given up after its last attempt, and is a dead letter', async () => {
    const of = effect(async () => ({ failed: 'no', retryAfterMs: 0 }));
    const one = runner(of);
    one.start();
    const { key, stream, rows } = await ask(of, one);
    one.take(rows, performance.now());
    await until(async () => expect(await stateOf(key)).toMatchObject({ state: 'dead', attempts: 3 }));
    expect(await typesOf(stream)).toEqual(['Started', 'Failed']);
  });

  it('that kills its process is dead after so many deaths, alone, and the others go on', async () => {
    // A process that dies performs nothing more and says nothing: a claim that runs out, with the attempt counted.
    const performed: string[] = [];
    const of = effect(async (_, key) => {
      performed.push(key);
      return { done: 'rung' };
    });
    const poison = await ask(of);
    const others = await Promise.all([ask(of), ask(of)]);
    for (let deaths = 0; deaths < 3; deaths++) {
      await db.run(
        't-die',
        `UPDATE effects SET attempts = attempts + 1, deaths = deaths + (claim IS NOT NULL)::int, claim = gen_random_uuid(), claimed_until = now() WHERE key = $1`,
        [poison.key],
      );
    }
    runner(of).start();
    await until(async () => expect(await stateOf(poison.key)).toMatchObject({ state: 'dead' }));
    for (const { stream } of others) await until(async () => expect(await typesOf(stream)).toEqual(['Started', 'Done']));
    expect(performed).not.toContain(poison.key);
  });

  it('that was retried often and loses its process once is no suspect: it goes on with all others', async () => {
    let ring = (): void => {};
    const busy = new Promise<Outcome<string>>((resolve) => (ring = () => resolve({ done: 'rung' })));
    const first = { key: '' };
    const of = effect(async (_, key) => (key === first.key ? busy : { done: 'rung' }), { attempts: 9 });
    const one = runner(of);
    const long = await ask(of, one);
    first.key = long.key;
    one.take(long.rows, performance.now());
    const { key, stream } = await ask(of);
    await db.run('t-retried', `UPDATE effects SET attempts = 5, claim = gen_random_uuid(), claimed_until = now() WHERE key = $1`, [key]);
    one.start();
    await until(async () => expect(await typesOf(stream)).toEqual(['Started', 'Done']));
    ring();
  });

  it('that is suspect does not wait for its kind to be idle for ever', async () => {
    const of = effect(async () => ({ done: 'rung' }));
    const endless = effect(() => new Promise(() => {}), { name: of.name });
    const one = runner({ ...of, perform: (input, key, ...more) => (key === busy.key ? endless : of).perform(input, key, ...more) });
    const busy = await ask(of, one);
    one.take(busy.rows, performance.now());
    const { key, stream } = await ask(of);
    const suspect = `UPDATE effects SET attempts = 1, deaths = 1, claim = gen_random_uuid(), claimed_until = now() - interval '61 seconds' WHERE key = $1`;
    await db.run('t-suspect', suspect, [key]);
    one.start();
    await until(async () => expect(await typesOf(stream)).toEqual(['Started', 'Done']));
  });

  it('that hangs is answered for when its time is up', async () => {
    const of = effect(() => new Promise(() => {}), { timeoutMs: 50, attempts: 1 });
    const one = runner(of);
    one.start();
    const { stream, rows } = await ask(of, one);
    one.take(rows, performance.now());
    await until(async () => expect(await typesOf(stream)).toEqual(['Started', 'Failed']));
  });

  it('keeps its claim for as long as its process lives, however long it takes', async () => {
    let answer: (outcome: Outcome<string>) => void = () => {};
    let started = 0;
    const of = effect(() => {
      started += 1;
      return new Promise((resolve) => (answer = resolve));
    });
    const [one, two] = [runner(of), runner(of)];
    const { key, stream, rows } = await ask(of, one);
    one.start();
    two.start();
    one.take(rows, performance.now());
    const [{ until: first }] = (await db.run<{ until: Date }>('t-until', 'SELECT claimed_until AS until FROM effects WHERE key = $1', [
      key,
    ])) as [{ until: Date }];
    // Past three leases, by what the row itself says.
    await until(async () => {
      const [row] = await db.run<{ until: Date }>('t-until', 'SELECT claimed_until AS until FROM effects WHERE key = $1', [key]);
      expect(row!.until.getTime() - first.getTime()).toBeGreaterThan(1_800);
    });
    answer({ done: 'at last' });
    await until(async () => expect(await typesOf(stream)).toEqual(['Started', 'Done']));
    expect(started).toBe(1);
  });

  it('whose stream cannot take its outcome holds up no other, and is put off', async () => {
    const of = effect(async () => ({ done: 'rung' }));
    const one = runner(of);
    const all = [await ask(of, one), await ask(of, one), await ask(of, one)];
    const bad = all[1]!;
    const later = { stream: bad.stream, expected: 1, at, meta: { lane: 'standard' as const }, events: [{ type: 'Tomorrow', data: {} }] };
    await db.transaction((tx) => postgresEventStore.append(tx, [later]));
    one.take(
      all.flatMap(({ rows }) => rows),
      performance.now(),
    );
    for (const { stream } of [all[0]!, all[2]!]) await until(async () => expect(await typesOf(stream)).toEqual(['Started', 'Done']));
    // However long it takes until a build comes that knows the event, its attempts are not used up.
    await until(async () => expect(await stateOf(bad.key)).toMatchObject({ state: 'open', unknown: true, attempts: 0 }));
  });

  it('that hangs is answered for when its time is up, also when garbage is collected meanwhile', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const of = effect(() => new Promise(() => {}), { timeoutMs: 300, attempts: 1 });
    const one = runner(of);
    one.start();
    const { stream, rows } = await ask(of, one);
    one.take(rows, performance.now());
    await until(async () => {
      collect();
      expect(await typesOf(stream)).toEqual(['Started', 'Failed']);
    });
  });

  it('that waited for its turn while its claim ran out is performed all the same, once it is known whose it is', async () => {
    let answer: (outcome: Outcome<string>) => void = () => {};
    const performed: string[] = [];
    const of = effect(
      (_, key) => {
        performed.push(key);
        return performed.length === 1 ? new Promise((resolve) => (answer = resolve)) : Promise.resolve({ done: 'rung' });
      },
      { concurrency: 1 },
    );
    const one = runner(of);
    const [first, second] = [await ask(of, one), await ask(of, one)];
    // Not started: it gives no sign of life, as a process that is frozen.
    const askedAt = performance.now();
    one.take([...first.rows, ...second.rows], askedAt);
    await until(async () => expect(performance.now()).toBeGreaterThan(askedAt + one.leaseMs));
    await until(async () =>
      expect(await db.run('t-late', 'SELECT FROM effects WHERE key = $1 AND claimed_until < now()', [second.key])).toHaveLength(1),
    );
    answer({ done: 'rung' });
    await until(async () => expect(await typesOf(first.stream)).toEqual(['Started', 'Done']));
    expect(performed).toEqual([first.key]);
    one.start();
    await until(async () => expect(await typesOf(second.stream)).toEqual(['Started', 'Done']));
    expect(performed).toEqual([first.key, second.key]);
  });

  it('that has not begun is given back when its process stops, and nobody has to wait for its claim to run out', async () => {
    const lookup = vi.fn<NonNullable<Ring['lookup']>>(async () => 'absent');
    let answer: (outcome: Outcome<string>) => void = () => {};
    const of = effect(() => new Promise((resolve) => (answer = resolve)), { concurrency: 1, lookup });
    const leaving = runner(of, 60_000);
    const [first, second] = [await ask(of, leaving), await ask(of, leaving)];
    leaving.take([...first.rows, ...second.rows], performance.now());
    const left = leaving.stop(10_000);
    answer({ done: 'rung' });
    await left;
    expect(await typesOf(first.stream)).toEqual(['Started', 'Done']);
    expect(await stateOf(second.key)).toMatchObject({ state: 'open', attempts: 0, unknown: false });
    const staying = runner({ ...of, perform: async () => ({ done: 'by another' }) });
    staying.start();
    await until(async () => expect(await typesOf(second.stream)).toEqual(['Started', 'Done']));
    expect(lookup).not.toHaveBeenCalled();
  });

  it('whose stream another was faster to append to is settled alone, and holds up no other', async () => {
    const of = effect(async () => ({ done: 'rung' }));
    let raced = '';
    const batches: string[][] = [];
    const racing: EventStore = {
      ...postgresEventStore,
      async append(tx, writes) {
        batches.push(writes.map(({ stream }) => stream));
        if (!raced && writes.length > 1) {
          raced = writes[0]!.stream;
          const asked = { stream: raced, expected: 1, at, meta: { lane: 'standard' as const }, events: [{ type: 'Asked', data: {} }] };
          await db.transaction((own) => postgresEventStore.append(own, [asked]));
        }
        return postgresEventStore.append(tx, writes);
      },
    };
    const one = runner(of, 5_000, racing);
    const all = [await ask(of, one), await ask(of, one), await ask(of, one)];
    one.take(
      all.flatMap(({ rows }) => rows),
      performance.now(),
    );
    for (const { stream } of all)
      await until(async () => expect(await typesOf(stream)).toEqual(stream === raced ? ['Started', 'Asked', 'Done'] : ['Started', 'Done']));
    expect(batches.at(-1)).toEqual([raced]);
    expect(batches.flat()).toHaveLength(4);
  });

  it('is looked for by one statement, however many kinds there are', async () => {
    const kinds = [1, 2, 3].map(() => effect(async () => ({ done: 'rung' })));
    const asked = await Promise.all(kinds.map((of) => ask(of)));
    const run = vi.spyOn(db, 'run');
    runner(kinds).start();
    for (const { stream } of asked) await until(async () => expect(await typesOf(stream)).toEqual(['Started', 'Done']));
    const looks = run.mock.calls.filter(([name]) => name === 'effects-claim');
    run.mockRestore();
    expect(looks).toHaveLength(1);
  });

  it.each([
    ['standard', 8],
    ['bulk', 2],
  ] as const)('in the lane %s as many are performed at once as that lane may: %i', async (lane, most) => {
    let now = 0;
    let highest = 0;
    const of = effect(
      async () => {
        highest = Math.max(highest, (now += 1));
        await new Promise((over) => setTimeout(over, 20));
        now -= 1;
        return { done: 'rung' };
      },
      { concurrency: 8 },
    );
    const asked = await Promise.all(Array.from({ length: 12 }, () => ask(of, undefined, undefined, lane)));
    runner(of).start();
    await until(async () => {
      for (const { stream } of asked) expect(await typesOf(stream)).toEqual(['Started', 'Done']);
    });
    expect(highest).toBe(most);
  });

  it('is looked for again at once, not by the clock, when the last look brought all there was room for', async () => {
    const of = effect(async () => ({ done: 'rung' }), { concurrency: 1 });
    const asked = await Promise.all(Array.from({ length: 40 }, () => ask(of)));
    const run = vi.spyOn(db, 'run');
    const clock = vi.spyOn(globalThis, 'setTimeout');
    runner(of).start();
    for (const { key } of asked) await until(async () => expect(await stateOf(key)).toMatchObject({ state: 'done' }));
    const looks = run.mock.calls.filter(([name]) => name === 'effects-claim').length;
    const ticks = clock.mock.calls.filter(([, ms]) => ms === 250).length;
    vi.restoreAllMocks();
    // Four at a time.
    expect(looks - ticks).toBeGreaterThan(4);
  });
});

describe('an effect that is no longer wanted', () => {
  const of = effect(() => Promise.reject(new Error('nobody performs it here')));
  const withdraw = async ({ key, stream }: { key: string; stream: string }): Promise<boolean> =>
    db.transaction(async (tx) => (await withdrawEffects(tx, [{ key, kind: of.name, stream }])).has(key));
  const claimed = () => ask(of, { claim: me } as EffectRunner);
  const me = crypto.randomUUID();

  it('is taken back where nobody has begun it, and where it was never asked for', async () => {
    expect(await withdraw(await ask(of))).toBe(true);
    const stream = `note:${crypto.randomUUID()}`;
    const never = { stream, key: `${stream}:ring` };
    expect([await withdraw(never), await withdraw(never)]).toEqual([true, true]);
    const late = { ...never, kind: of.name, lane: 'standard' as const, input: {}, claimed: true };
    expect(await db.transaction((tx) => insertEffects(tx, [late], me, 600))).toEqual([]);
  });

  it('is not where somebody is at it', async () => {
    expect(await withdraw(await claimed())).toBe(false);
  });

  it('is not where it was done and could not be settled', async () => {
    const one = await claimed();
    await postponeEffect(db, one.key, me, 'the stream holds what is not known here', 0);
    expect(await stateOf(one.key)).toMatchObject({ attempts: 0, state: 'open' });
    expect(await withdraw(one)).toBe(false);
  });

  it('is not where it was given up without an answer, and is to be tried again', async () => {
    const one = await claimed();
    const end = { key: one.key, state: 'dead' as const, error: 'no answer', retryInMs: null, newRound: false, unknown: true };
    await db.transaction((tx) => endEffects(tx, [end], me));
    await db.transaction((tx) => redriveDeadLetters(tx, { consumer: of.name, most: 1 }, 'test'));
    expect(await stateOf(one.key)).toMatchObject({ attempts: 0, state: 'open' });
    expect(await withdraw(one)).toBe(false);
  });
});
