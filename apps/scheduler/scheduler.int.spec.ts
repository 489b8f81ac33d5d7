import { Database, declareJobs, type DeclaredJob } from '#libs/store';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { openDatabase } from '../../test/setup/database.js';
import { query } from '../../test/setup/query.js';
import { askForDue } from './keep-timetable.js';
import { lead } from './lead.js';

let opened: Awaited<ReturnType<typeof openDatabase>>;
/** Three processes. */
let databases: Database[];
beforeAll(async () => {
  opened = await openDatabase({ role: 'backroom_scheduler' });
  databases = [opened.db, ...[1, 2].map(() => new Database({ url: opened.url, role: 'backroom_scheduler' }))];
});
afterAll(async () => {
  await Promise.all(databases.slice(1).map((db) => db.close()));
  await opened.close();
});
beforeEach(() => query(opened.url, 'DELETE FROM runs; DELETE FROM jobs; DELETE FROM leases'));
afterEach(() => vi.useRealTimers());

interface JobGiven {
  readonly schedule?: string | null;
  readonly enabled?: boolean;
  readonly overlap?: string;
  readonly missed?: string;
  /** How long nobody has looked. */
  readonly unseen?: string;
}

const job = (
  name: string,
  { missed = 'all', unseen = '0', schedule = '* * * * * *', enabled = true, overlap = 'queue' }: JobGiven = {},
) => {
  const defaults = { enabled, schedule, timeZone: 'UTC', overlap, singleton: true, stoppingWaitSeconds: 5 };
  return query(
    opened.url,
    `INSERT INTO jobs (name, description, input, missed, defaults, ticked_until)
     VALUES ('${name}', 'A test’s', '{}', '${missed}', '${JSON.stringify(defaults)}', date_trunc('second', now()) - interval '${unseen}')`,
  );
};
const runs = () =>
  query<{ job: string; trigger: string; tick: Date; input: object }>(
    opened.url,
    'SELECT job, trigger, tick, input FROM runs ORDER BY job, tick',
  );
const seconds = async () => (await runs()).map(({ tick }) => tick.getTime() / 1_000);
const quiet = (): void => {};
const look = () => Promise.all(databases.map((db) => askForDue(db, quiet)));

describe('the timetable', () => {
  it('brings each of its times one run, though three look at once', async () => {
    await job('each-second', { unseen: '10 s' });
    await look();
    const ticks = await seconds();
    expect(ticks.length).toBeGreaterThanOrEqual(10);
    expect(ticks).toEqual(ticks.map((_, n) => ticks[0]! + n));
    expect((await runs())[0]).toMatchObject({ job: 'each-second', trigger: 'schedule', input: {} });
  });

  it('has been seen to by whoever was first: who read it before that asks for nothing', async () => {
    await job('each-second', { unseen: '10 s' });
    const late = databases[1]!;
    const frozen = Object.create(late) as Database;
    frozen.transaction = async (work) => {
      await askForDue(databases[0]!, quiet);
      await query(opened.url, 'DELETE FROM runs');
      return late.transaction(work);
    };
    await askForDue(frozen, quiet);
    expect(await runs()).toEqual([]);
  });

  it.each([
    ['none', 0],
    ['once', 1],
    ['all', 24],
  ])('of a day that was missed, %s: %i runs, and no more afterwards', async (missed, count) => {
    // Half an hour from now is never on time.
    const minute = (new Date().getUTCMinutes() + 30) % 60;
    await job('hourly', { schedule: `${minute} * * * *`, unseen: '24 h', missed });
    await look();
    expect(await runs()).toHaveLength(count);
    await look();
    expect(await runs()).toHaveLength(count);
    const [{ behind } = { behind: NaN }] = await query<{ behind: number }>(
      opened.url,
      'SELECT extract(epoch FROM now() - ticked_until)::float8 AS behind FROM jobs',
    );
    expect(behind).toBeLessThan(30);
  });

  it('goes by the database’s clock', async () => {
    await job('each-second', { unseen: '5 s' });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 86_400_000 });
    await look();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 2 * 86_400_000 });
    await look();
    vi.useRealTimers();
    expect((await runs()).length).toBeGreaterThanOrEqual(5);
    expect((await runs()).length).toBeLessThan(60);
    expect((await seconds()).at(-1)).toBeLessThanOrEqual(Date.now() / 1_000);
  });

  it('of a new build begins with it: what it would have brought before was not missed, and what it is to bring comes', async () => {
    const owner = new Database({ url: opened.url, connections: 1 });
    const declared = (schedule: string, stoppingWaitSeconds = 5): DeclaredJob => ({
      name: 'nightly',
      description: 'A test’s',
      input: {},
      missed: 'once',
      defaults: { enabled: true, schedule, timeZone: 'UTC', overlap: 'queue', singleton: true, stoppingWaitSeconds },
    });
    const at = (hours: number) => `${new Date().getUTCMinutes()} ${new Date(Date.now() + hours * 3_600_000).getUTCHours()} * * *`;
    try {
      await declareJobs(owner, [declared(at(-12))]);
      await query(opened.url, `UPDATE jobs SET ticked_until = now() - interval '6 hours'`);
      await declareJobs(owner, [declared(at(-3))]);
      await look();
      expect(await runs()).toEqual([]);
      // The same again, as each process says that starts, takes nothing away.
      await query(opened.url, `UPDATE jobs SET ticked_until = now() - interval '6 hours'`);
      await declareJobs(owner, [declared(at(-3), 7)]);
      await look();
      expect(await runs()).toHaveLength(1);
    } finally {
      await owner.close();
    }
  });

  it('brings no run of a job that is off, that has none, or that leaves out what overlaps', async () => {
    await job('off', { enabled: false, unseen: '1 h' });
    await job('on-demand', { schedule: null, unseen: '1 h' });
    await job('skips', { overlap: 'skip', unseen: '5 s' });
    await look();
    expect((await runs()).map((run) => run.job)).toEqual(['skips']);
  });

  it('that cannot be read keeps no other job from its runs, and is told of', async () => {
    await job('a-bad-one', { schedule: 'now and then', unseen: '5 s' });
    await job('each-second', { unseen: '5 s' });
    const said: unknown[] = [];
    await askForDue(databases[0]!, (level, _, details) => level === 'error' && said.push(details));
    expect(said).toEqual([{ job: 'a-bad-one', error: expect.any(Error) }]);
    expect(new Set((await runs()).map((run) => run.job))).toEqual(new Set(['each-second']));
  });
});

describe('three schedulers', () => {
  const leaseMs = 600;
  function scheduler(db: Database, instance: string) {
    const abort = new AbortController();
    let working: Promise<void> = Promise.resolve();
    let leading = false;
    const led = {
      start() {
        leading = true;
        working = (async () => {
          for (; leading; await sleep(50)) await askForDue(db, quiet);
        })();
      },
      async stop() {
        leading = false;
        await working;
      },
    };
    const ended = lead({ db, instance, log: quiet, leaseMs }, led, abort.signal, quiet);
    return {
      leads: () => leading,
      async stop() {
        abort.abort();
        await ended;
      },
    };
  }

  it('have one leader; when it goes, another goes on, and each second has its run', async () => {
    await job('each-second');
    const all = databases.map((db, n) => scheduler(db, `scheduler-${n}`));
    const leaders = () => all.filter((one) => one.leads());
    try {
      await vi.waitFor(async () => expect((await runs()).length).toBeGreaterThanOrEqual(2), { timeout: 10_000 });
      expect(leaders()).toHaveLength(1);
      const [first] = leaders();
      await first!.stop();
      const before = (await runs()).length;
      await vi.waitFor(async () => expect((await runs()).length).toBeGreaterThanOrEqual(before + 2), { timeout: 10_000 });
      expect(leaders()).toHaveLength(1);
      expect(leaders()).not.toContain(first);
    } finally {
      await Promise.all(all.map((one) => one.stop()));
    }
    const ticks = await seconds();
    expect(ticks).toEqual(ticks.map((_, n) => ticks[0]! + n));
  });

  it('stand by while another holds the lease, and lead once it has run out over it', async () => {
    await query(opened.url, `INSERT INTO leases VALUES ('scheduler', 'one that is killed', 7, now() + '1.5 s')`);
    const began = performance.now();
    const one = scheduler(databases[0]!, 'scheduler-0');
    try {
      await vi.waitFor(() => expect(one.leads()).toBe(true), { timeout: 10_000, interval: 10 });
      expect(performance.now() - began).toBeGreaterThan(1_200);
    } finally {
      await one.stop();
    }
  });

  it('without a word from the database, lead no longer than their lease', async () => {
    const deaf = Object.create(databases[0]!) as Database;
    let answers = true;
    deaf.run = (...given) => (answers ? databases[0]!.run(...given) : Promise.reject(new Error('away')));
    const abort = new AbortController();
    const led = { start: vi.fn<() => void>(), stop: vi.fn<() => Promise<void>>(async () => {}) };
    const ended = lead({ db: deaf, instance: 'y', log: quiet, leaseMs }, led, abort.signal, quiet);
    await vi.waitFor(() => expect(led.start).toHaveBeenCalledTimes(1));
    answers = false;
    await vi.waitFor(() => expect(led.stop).toHaveBeenCalledTimes(1), { timeout: 5_000 });
    answers = true;
    await vi.waitFor(() => expect(led.start).toHaveBeenCalledTimes(2), { timeout: 5_000 });
    abort.abort();
    await ended;
    expect(led.stop).toHaveBeenCalledTimes(2);
  });
});
