import { askForRun, cancelRun, claimRun, declareJobs, holdRun, mostRunLines, type Database, type JobSettings } from '#libs/store';
import { dyingWithUs } from '#tools/dying-with-us';
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { openDatabase } from '../../test/setup/database.js';
import type { JobParts } from './go-through.js';
import type { Job } from './job.js';
import { JobRunner } from './run-jobs.js';

let db: Database;
let url: string;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, url, close } = await openDatabase({ role: 'backroom_host', connections: 20 }));
});
afterAll(() => close());

type Counting = Job<{ steps: number }, { done: number }>;
let nth = 0;

/** Each step's work is a row that can be counted, written with its checkpoint; made twice, it would be two. */
function counting(more: Partial<Counting> = {}): Counting {
  return {
    name: `count-${(nth += 1)}`,
    description: 'Counts.',
    input: z.strictObject({ steps: z.int() }),
    overlap: 'queue',
    missed: 'none',
    singleton: false,
    stoppingWaitSeconds: 5,
    start: () => ({ done: 0 }),
    async step(tx, { done }, run) {
      await tx.run('t-work', `INSERT INTO sales_totals (run, day, sku, quantity, revenue) VALUES ($1, '2026-01-01', $2, 1, 1)`, [
        run.id,
        `piece-${done + 1} ${randomUUID()}`,
      ]);
      run.log('info', `piece ${done + 1}`);
      return done + 1 < 3 ? { next: { done: done + 1 }, progress: (done + 1) * 33 } : { result: { pieces: done + 1 } };
    },
    ...more,
  };
}

const settings = ({ overlap, singleton, stoppingWaitSeconds }: Counting): JobSettings => ({
  enabled: true,
  schedule: null,
  timeZone: 'UTC',
  overlap,
  singleton,
  stoppingWaitSeconds,
});

async function ask(job: Counting, more: { tick?: string } = {}): Promise<string | undefined> {
  const { name, description, missed } = job;
  await declareJobs(db, [{ name, description, missed, input: {}, defaults: settings(job) }]);
  const id = uuidv7();
  return (await askForRun(db, { id, job: name, trigger: 'http', input: { steps: 3 }, ...more })) ? id : undefined;
}

const runners: JobRunner[] = [];
afterEach(async () => {
  await Promise.all(runners.splice(0).map((one) => one.stop(1_000)));
});
function runner(job: Counting, more: Partial<JobParts> = {}): JobRunner {
  const one = new JobRunner([job], { db, instance: 'test', log: () => {}, lookMs: 20, leaseMs: 600, firstPauseMs: 10, ...more });
  runners.push(one);
  return one;
}

const rowOf = async (id: string) => (await db.run('t-row', 'SELECT * FROM runs WHERE id = $1', [id]))[0]!;
const piecesOf = async (id: string) => (await db.run('t-pieces', 'SELECT sku FROM sales_totals WHERE run = $1 ORDER BY sku', [id])).length;
const logOf = async (id: string) =>
  (await db.run<{ message: string }>('t-log', 'SELECT message FROM run_log WHERE run = $1 ORDER BY line', [id])).map(
    ({ message }) => message,
  );
const until = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 10_000, interval: 20 });
const ends = (id: string, state: string) => until(async () => expect(await rowOf(id)).toMatchObject({ state }));

describe('a run', () => {
  it('goes from checkpoint to checkpoint to its result, and its log with it', async () => {
    const job = counting();
    const id = (await ask(job))!;
    runner(job).start();
    await ends(id, 'succeeded');
    expect(await rowOf(id)).toMatchObject({ progress: 100, result: { pieces: 3 }, claim: null, checkpoint: { done: 2 } });
    expect(await piecesOf(id)).toBe(3);
    expect(await logOf(id)).toEqual(['piece 1', 'piece 2', 'piece 3']);
  });

  it('whose step throws loses that step’s work alone, and goes on from the checkpoint before', async () => {
    let throws = 2;
    const plain = counting();
    const job: Counting = {
      ...plain,
      async step(tx, checkpoint, run) {
        const done = await plain.step(tx, checkpoint, run);
        if (checkpoint.done === 1 && throws-- > 0) throw new Error('not now');
        return done;
      },
    };
    const id = (await ask(job))!;
    runner(job).start();
    await ends(id, 'succeeded');
    expect(await piecesOf(id)).toBe(3);
    expect((await logOf(id)).filter((line) => line.startsWith('not now'))).toHaveLength(2);
  });

  it('that throws again and again has failed, with the reason', async () => {
    const job = counting({ step: () => Promise.reject(new Error('never')) });
    const id = (await ask(job))!;
    runner(job, { attempts: 3 }).start();
    await ends(id, 'failed');
    expect(await rowOf(id)).toMatchObject({ result: { reason: 'never' }, attempts: 3 });
    expect(await logOf(id)).toEqual(['never (attempt 1 of 3)', 'never (attempt 2 of 3)', 'never']);
  });

  it('that kills its process is given up after so many deaths, and its job goes on', async () => {
    const job = counting();
    const [poison, next] = [(await ask(job))!, (await ask(job))!];
    // A process that dies says nothing: a claim that runs out, with the attempt counted.
    for (let deaths = 0; deaths < 3; deaths++)
      expect(await claimRun(db, [job.name], { claim: randomUUID(), instance: 'dead', leaseMs: 0 })).toMatchObject({ id: poison });
    runner(job, { attempts: 3 }).start();
    await ends(poison, 'failed');
    await ends(next, 'succeeded');
    expect(await piecesOf(poison)).toBe(0);
  });

  it('of a process that was frozen goes on elsewhere, and what the frozen one does late is taken back', async () => {
    let wake = (): void => {};
    const asleep = new Promise<void>((go) => (wake = go));
    const plain = counting();
    const frozen: Counting = {
      ...plain,
      async step(tx, checkpoint, run) {
        const done = await plain.step(tx, checkpoint, run);
        if (checkpoint.done === 1) await asleep;
        return done;
      },
    };
    const id = (await ask(frozen))!;
    // Its signs of life come to nobody: as of a process that is stopped by SIGSTOP.
    const warned = vi.fn();
    runner(frozen, { leaseMs: 300, log: (_, message) => warned(message), db: deaf() }).start();
    await until(async () => expect(await rowOf(id)).toMatchObject({ checkpoint: { done: 1 } }));
    runner(plain).start();
    await ends(id, 'succeeded');
    wake();
    await until(async () => expect(warned).toHaveBeenCalledWith('a run has passed to another'));
    expect(await piecesOf(id)).toBe(3);
    expect(await logOf(id)).toEqual(['piece 1', 'piece 2', 'piece 3']);
  });

  it('is cancelled while it waits, and while a step ignores that it was told', async () => {
    const job = counting({ stoppingWaitSeconds: 0.2, step: () => new Promise(() => {}) });
    const [going, waiting] = [(await ask(job))!, (await ask(job))!];
    runner(job).start();
    await ends(going, 'running');
    expect(await cancelRun(db, waiting)).toBe('cancelled');
    expect(await cancelRun(db, going)).toBe('cancelling');
    await ends(going, 'cancelled');
    expect(await cancelRun(db, going)).toBe('ended');
    expect(await cancelRun(db, uuidv7())).toBeUndefined();
    expect(await rowOf(waiting)).toMatchObject({ started_at: null, state: 'cancelled' });
  });

  it('whose step takes too long is tried again, and then has failed', async () => {
    const job = counting({ step: () => new Promise(() => {}) });
    const id = (await ask(job))!;
    runner(job, { attempts: 2, stepMs: 60 }).start();
    await ends(id, 'failed');
    expect(await logOf(id)).toEqual(['A step took longer than 0.06 s. (attempt 1 of 2)', 'A step took longer than 0.06 s.']);
  });

  describe('that began something outside of its steps ends it before it ends itself', () => {
    const beginning = (step: Counting['step']) => {
      const states: string[] = [];
      const job = counting({
        step,
        leave: async ({ id, log }) => (log('info', 'left'), void states.push(String((await rowOf(id)).state))),
      });
      return { job, states };
    };

    it('cancelled between two steps', async () => {
      const { job, states } = beginning(
        (_, checkpoint, { signal }) =>
          new Promise((over) => signal.addEventListener('abort', () => over({ next: checkpoint, progress: 1 }), { once: true })),
      );
      const id = (await ask(job))!;
      runner(job).start();
      await ends(id, 'running');
      await cancelRun(db, id);
      await ends(id, 'cancelled');
      expect(states).toEqual(['cancelling']);
      expect(await logOf(id)).toEqual(['left']);
    });

    it('failed, each time that it is tried', async () => {
      const { job, states } = beginning(() => Promise.reject(new Error('never')));
      const id = (await ask(job))!;
      runner(job, { attempts: 2 }).start();
      await ends(id, 'failed');
      expect(states).toEqual(['running', 'running']);
    });

    it('passed to another, too late to say so', async () => {
      let wake = (): void => {};
      const asleep = new Promise<void>((go) => (wake = go));
      const { job, states } = beginning((_, checkpoint) => asleep.then(() => ({ next: checkpoint, progress: 1 })));
      const id = (await ask(job))!;
      // One at a time: its own claim runs out, and it would take the run up again itself.
      runner(job, { leaseMs: 100, atOnce: 1, db: deaf() }).start();
      await ends(id, 'running');
      runner(counting({ name: job.name })).start();
      await ends(id, 'succeeded');
      wake();
      await until(async () => expect(states).toEqual(['succeeded']));
    });
  });

  it('is left to another at once when its process stops', async () => {
    const plain = counting();
    const slow = counting({
      name: plain.name,
      step: (_, __, { signal }) => new Promise((_, no) => signal.addEventListener('abort', () => no(signal.reason))),
    });
    const id = (await ask(slow))!;
    const leaving = runner(slow, { leaseMs: 60_000 });
    leaving.start();
    await ends(id, 'running');
    await leaving.stop(1_000);
    expect(await rowOf(id)).toMatchObject({ claim: null, attempts: 0 });
    runner(plain).start();
    await ends(id, 'succeeded');
  });
});

describe('a process of its own', () => {
  const job = counting();
  const leaseMs = 1_500;
  let child: ChildProcess;
  let words = '';
  const says = (what: string) => vi.waitFor(() => expect(words).toContain(what), { timeout: 60_000, interval: 5 });
  /** Lets it commit. */
  const go = (): void => void child.stdin!.write('go\n');
  beforeAll(() => {
    const fixture = fileURLToPath(new URL('run-jobs.fixture.ts', import.meta.url));
    const source = fileURLToPath(new URL('../../test/setup/from-source.mjs', import.meta.url));
    const args = ['--conditions=source', '--import', source, fixture, url, job.name, String(leaseMs)];
    child = spawn(...dyingWithUs(process.execPath, args), { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdout!.on('data', (text) => (words += text));
  });
  afterAll(() => child.kill('SIGKILL'));
  /** Brings it to the middle of the second step, with its work done and not committed. */
  const inTheMiddle = async (): Promise<string> => {
    words = '';
    const id = (await ask(job))!;
    await says('at 1');
    go();
    await says('at 2');
    return id;
  };
  const doneOnce = async (id: string, pieces: readonly string[]): Promise<void> => {
    expect(await piecesOf(id)).toBe(3);
    expect(await logOf(id)).toEqual(pieces);
    expect(await rowOf(id)).toMatchObject({ state: 'succeeded', instance: 'test', result: { pieces: 3 } });
  };
  const pieces = ['piece 1 by the process', 'piece 2', 'piece 3'];

  it('SIGSTOP: another takes the run over at its checkpoint; SIGCONT: the late write is refused', async () => {
    const id = await inTheMiddle();
    child.kill('SIGSTOP');
    const other = runner(job);
    other.start();
    await ends(id, 'succeeded');
    await other.stop(1_000);
    await doneOnce(id, pieces);
    go();
    child.kill('SIGCONT');
    await says('a run has passed to another');
    await doneOnce(id, pieces);
  });

  it('SIGKILL: the same, and nothing of what it was at', async () => {
    const id = await inTheMiddle();
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
    runner(job).start();
    await ends(id, 'succeeded');
    await doneOnce(id, pieces);
  });
});

describe('runs of a job', () => {
  it('go one after another, in the order they were asked for, with two processes at it', async () => {
    const order: string[] = [];
    let atOnce = 0;
    let most = 0;
    const plain = counting();
    const job: Counting = {
      ...plain,
      async step(tx, checkpoint, run) {
        most = Math.max(most, (atOnce += 1));
        if (checkpoint.done === 0) order.push(run.id);
        const done = await plain.step(tx, checkpoint, run);
        atOnce -= 1;
        return done;
      },
    };
    const ids = [(await ask(job))!, (await ask(job))!, (await ask(job))!];
    runner(job).start();
    runner(job).start();
    for (const id of ids) await ends(id, 'succeeded');
    expect([order, most]).toEqual([ids, 1]);
  });

  it('that are asked for together are one, where the job skips; and one a tick', async () => {
    const skips = counting({ overlap: 'skip' });
    const asked = await Promise.all(Array.from({ length: 8 }, () => ask(skips)));
    expect(asked.filter((id) => id !== undefined)).toHaveLength(1);
    const queues = counting();
    const tick = '2026-03-29T01:00:00Z';
    const ticks = await Promise.all(Array.from({ length: 8 }, () => ask(queues, { tick })));
    expect(ticks.filter((id) => id !== undefined)).toHaveLength(1);
  });

  it('are claimed by one, however many look at once', async () => {
    const job = counting({ overlap: 'allow' });
    const id = (await ask(job))!;
    const claims = await Promise.all(
      Array.from({ length: 8 }, () => claimRun(db, [job.name], { claim: randomUUID(), instance: 'one', leaseMs: 60_000 })),
    );
    expect(claims.filter((row) => row !== undefined)).toMatchObject([{ id, attempts: 1 }]);
    expect(await holdRun(db, id, randomUUID(), 1_000)).toBeUndefined();
  });
});

/** The database without `holdRun`'s statement. */
const deaf = (): Database =>
  new Proxy(db, {
    get(target, name) {
      if (name === 'run')
        return (statement: string, ...rest: [string, unknown[]]) =>
          statement === 'run-hold' ? new Promise(() => {}) : target.run(statement, ...rest);
      const value = Reflect.get(target, name) as unknown;
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });

it('a run’s log ends where it becomes too long, and says so', async () => {
  const job = counting({
    async step(_, { done }, run) {
      for (let n = 0; n < mostRunLines - 2; n++) run.log('info', `${done} ${n}`);
      return done < 2 ? { next: { done: done + 1 }, progress: 50 } : { result: {} };
    },
  });
  const id = (await ask(job))!;
  runner(job).start();
  await vi.waitFor(async () => expect(await rowOf(id)).toMatchObject({ state: 'succeeded' }), 20_000);
  const log = await logOf(id);
  expect(log).toHaveLength(mostRunLines + 1);
  expect(log.slice(-3)).toEqual(['1 0', '1 1', `It has said more than ${mostRunLines} lines, of which these are the first.`]);
}, 30_000);
