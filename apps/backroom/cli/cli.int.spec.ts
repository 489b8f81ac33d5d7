import type { Database } from '#libs/store';
import { declareJobs, postgresEventStore } from '#libs/store';
import { declarationOf, JobRunner, type Job } from '#libs/work';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { openDatabase } from '../../../test/setup/database.js';
import { query } from '../../../test/setup/query.js';
import { backroom } from './run.js';

let db: Database;
let url: string;
let close: () => Promise<void>;
beforeAll(async () => void ({ db, url, close } = await openDatabase({ role: 'backroom_host' })));
afterAll(() => close());

interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** As in a shell, without a terminal. */
async function sh(
  line: readonly string[],
  { env = { DATABASE_URL: url }, interrupted = new AbortController().signal, heard = (_: string) => {} } = {},
): Promise<Said> {
  let [out, err] = ['', ''];
  const code = await backroom(line, env as NodeJS.ProcessEnv, {
    out: (text) => void (out += text),
    err: (text) => {
      err += text;
      heard(err);
    },
    moves: false,
    interrupted,
  });
  return { code, out, err };
}
const words = (line: string) => line.split(' ');
const json = async (line: string) => JSON.parse((await sh([...words(line), '--json'])).out);

/** A job that waits at each step until the test lets it go on. */
let open = () => {};
let gate = Promise.resolve();
const job: Job<{ pages: number; fails?: boolean }, { done: number }> = {
  name: 'count-pages',
  description: 'Counts.',
  input: z.strictObject({ pages: z.int().positive(), fails: z.boolean().optional() }),
  overlap: 'skip',
  missed: 'none',
  singleton: true,
  stoppingWaitSeconds: 1,
  start: ({ fails }) => {
    if (fails) throw new Error('There is no paper.');
    return { done: 0 };
  },
  async step(_, { done }, run) {
    await Promise.race([gate, new Promise((_, reject) => run.signal.addEventListener('abort', () => reject(run.signal.reason as Error)))]);
    run.log('info', `page ${done + 1}`);
    return done < 1 ? { next: { done: done + 1 }, progress: 50 } : { result: { pages: 2 } };
  },
};

describe('backroom jobs', () => {
  let runner: JobRunner;
  beforeAll(async () => {
    await declareJobs(db, [declarationOf(job)]);
    runner = new JobRunner([job], { db, instance: 'test', log: () => {}, lookMs: 20, attempts: 1 });
    runner.start();
  });
  afterAll(() => runner.stop(100));
  beforeEach(() => {
    gate = Promise.resolve();
  });

  it('runs one to its end, tells how it goes, and is on record as the command line’s', async () => {
    const { code, out, err } = await sh(['jobs', 'run', 'count-pages', '--input', '{"pages":2}', '--wait']);
    expect([code, out]).toEqual([0, 'succeeded {"pages":2}\n']);
    const [, id] = /^count-pages: run (\S+)\n/.exec(err)!;
    expect(await query(url, `SELECT trigger FROM runs WHERE id = '${id}'`)).toEqual([{ trigger: 'cli' }]);
    const log = await sh(words(`jobs log ${id}`));
    expect(log.out).toMatch(/^\S+ INFO page 1\n\S+ INFO page 2\n$/);
    expect((await json('jobs list')).map(({ name, runs }: { name: string; runs: object[] }) => [name, runs.length])).toEqual([
      ['count-pages', 1],
    ]);
    expect((await sh(words('jobs list'))).out).toMatch(/^ {2}count-pages {2}on demand {2}succeeded /);
  });

  it('says by its exit code that the run failed', async () => {
    const { code, out } = await sh(['jobs', 'run', 'count-pages', '--input', '{"pages":2,"fails":true}', '--wait']);
    expect([code, out]).toEqual([1, 'failed {"reason":"There is no paper."}\n']);
  });

  it('does not run it twice at once, leaves it going at Ctrl-C, and cancels it', async () => {
    gate = new Promise((resolve) => (open = resolve));
    const ctrlC = new AbortController();
    const { code, err } = await sh(['jobs', 'run', 'count-pages', '--input', '{"pages":2}', '--wait'], {
      interrupted: ctrlC.signal,
      heard: (all) => void (all.includes('running 0 %') && ctrlC.abort()),
    });
    expect(code).toBe(130);
    const [, id] = /It goes on: backroom jobs log (\S+)\n$/.exec(err)!;
    expect(await query(url, `SELECT state FROM runs WHERE id = '${id}'`)).toEqual([{ state: 'running' }]);

    const again = await sh(['jobs', 'run', 'count-pages', '--input', '{"pages":2}']);
    expect([again.code, again.err]).toEqual([75, 'count-pages is running, and does not run twice at once.\n']);

    expect((await sh(words(`jobs cancel ${id}`))).out).toBe(`${id} cancelling\n`);
    await vi.waitFor(
      async () => expect(await query(url, `SELECT state FROM runs WHERE id = '${id}'`)).toEqual([{ state: 'cancelled' }]),
      10_000,
    );
    open();
    expect(await sh(words(`jobs cancel ${id}`))).toMatchObject({ code: 1, err: 'This run has ended, so it cannot be cancelled.\n' });
  });

  it('asks for the list of orders anew, once at a time', async () => {
    await declareJobs(db, [{ ...declarationOf(job), name: 'rebuild-order-status', input: {} }]);
    const { code, out } = await sh(words('rebuild --json'));
    const { id } = JSON.parse(out);
    expect(code).toBe(0);
    expect(await query(url, `SELECT job, trigger FROM runs WHERE id = '${id}'`)).toEqual([{ job: 'rebuild-order-status', trigger: 'cli' }]);
    expect((await sh(words('rebuild'))).code).toBe(75);
    await query(url, `DELETE FROM runs WHERE id = '${id}'; DELETE FROM jobs WHERE name = 'rebuild-order-status'`);
  });

  it('changes what a job is set to', async () => {
    expect(JSON.parse((await sh(['jobs', 'change', 'count-pages', '{"schedule":"0 3 * * *"}'])).out)).toMatchObject({
      schedule: '0 3 * * *',
    });
    expect(await sh(['jobs', 'change', 'count-pages', '{"schedule":"never"}'])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^JSON: schedule: /),
    });
  });
});

describe('backroom orders, dead-letters and workers', () => {
  const id = uuidv7();
  beforeAll(async () => {
    const line = { sku: 'MUG', name: 'Mug', quantity: 1, unitPrice: { amount: 1299, currency: 'EUR' } };
    const events = [{ type: 'OrderPlaced', data: { lines: [line], total: line.unitPrice, priority: 'standard' } }];
    const at = '2026-11-24T12:00:00.000Z';
    await db.transaction((tx) =>
      postgresEventStore.append(tx, [{ stream: `order:${id}`, expected: 0, at, meta: { lane: 'standard' }, events }]),
    );
    await query(
      url,
      `INSERT INTO bookmarks (consumer, stream, version, head, attempts, dead_at, error, first_failed_at, last_failed_at)
       VALUES ('fulfilment', 'order:${id}', 0, 1, 12, now(), 'It breaks.', now(), now())`,
    );
    await query(url, `INSERT INTO workers (role, groups, consumers, effects) VALUES ('fulfilment', '[]', '{fulfilment}', '{}')`);
  });

  it('shows an order, whose links it knows only with the key of all tokens', async () => {
    expect(await json(`orders show ${id}`)).toMatchObject({ id, status: 'placed', version: 1, customer: null });
    expect(await json(`orders show order:${id}`)).not.toHaveProperty('links');
    const known = await sh(words(`orders show ${id} --json`), { env: { DATABASE_URL: url, ACCESS_KEY: 'key' } as never });
    expect(JSON.parse(known.out).links.status).toMatch(/\?token=.{43}$/);
    expect((await sh(words(`orders timeline ${id}`))).out).toMatch(/^ {2}2026-11-24T12:00:00.000Z {2}event {8}The order was placed.\n/);
    expect(await sh(words(`orders show ${uuidv7()}`))).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringMatching(/^There is no order .+\.\n$/),
    });
  });

  it('lists, shows, tries again and drops what was given up', async () => {
    const [letter] = await json('dead-letters list --consumer fulfilment');
    expect(letter).toMatchObject({ consumer: 'fulfilment', key: `order:${id}`, attempts: 12, cause: { message: 'It breaks.' } });
    expect(await json('dead-letters list --consumer payments')).toEqual([]);
    expect(await json(`dead-letters show ${letter.id}`)).toMatchObject({ id: letter.id, next: expect.anything() });
    expect((await json('dead-letters redrive --topic orders --dry-run'))[0]).toMatchObject({ id: letter.id });
    expect((await sh(words('dead-letters redrive'))).err).toMatch(/^Say which: ids, --consumer, --type or --topic\.\n/);
    expect((await sh(words(`dead-letters redrive ${letter.id}`))).out).toBe('1 tried again.\n');
    expect(await query(url, 'SELECT dead_at, attempts FROM bookmarks')).toEqual([{ dead_at: null, attempts: 0 }]);
    expect(await sh(words(`dead-letters drop ${letter.id}`))).toMatchObject({ code: 1, out: '0 dropped.\n' });
    await query(url, `UPDATE bookmarks SET dead_at = now(), first_failed_at = now(), last_failed_at = now()`);
    const [again] = await json('dead-letters list');
    expect(await sh(words(`dead-letters drop ${again.id}`))).toMatchObject({ code: 0, out: '1 dropped.\n' });
    expect(await query(url, 'SELECT did, by FROM dead_letter_log ORDER BY at')).toEqual([
      { did: 'redriven', by: 'operator' },
      { did: 'dropped', by: 'operator' },
    ]);
  });

  describe('freezes and thaws', () => {
    const heard = (id: string) =>
      query(
        url,
        `INSERT INTO instances (role, id, started_at, frozen, paused, rate, seen_at) VALUES ('fulfilment', '${id}', now(), false, false, 0, now() + '1 minute')`,
      );
    afterEach(() => query(url, 'DELETE FROM instances'));

    it('a role in all its processes, and waits for their word', async () => {
      await heard('one');
      await heard('two');
      const beat = setInterval(
        () =>
          void query(url, 'UPDATE instances i SET paused = w.paused_at IS NOT NULL FROM workers w WHERE w.role = i.role').catch(() => {}),
        100,
      );
      try {
        expect(await sh(words('freeze fulfilment'))).toMatchObject({
          code: 0,
          out: '  fulfilment  2 processes have taken no work since\n',
        });
        expect(await json('workers list')).toMatchObject([
          { role: 'fulfilment', paused: true, instances: [{ paused: true }, { paused: true }] },
        ]);
        expect(await json('thaw fulfilment')).toEqual([{ role: 'fulfilment', paused: false, done: ['one', 'two'], silent: [] }]);
        expect(await json('workers list')).toMatchObject([{ role: 'fulfilment', paused: false }]);
      } finally {
        clearInterval(beat);
      }
    });

    it('also of which no process is there, and fails where one does not answer', async () => {
      expect(await sh(words('freeze fulfilment'))).toMatchObject({ code: 0, out: expect.stringContaining('0 processes') });
      await heard('deaf');
      const { code, out, err } = await sh(words('thaw fulfilment'));
      expect([code, out]).toEqual([0, '  fulfilment  1 process has gone on since\n']);
      const hangs = await sh(words('freeze fulfilment'));
      expect([hangs.code, hangs.out]).toEqual([1, '  fulfilment  0 processes have taken no work since, not deaf\n']);
      expect([err, hangs.err]).toEqual(['', 'Some have not said so yet: they hang, or are of a build that cannot.\n']);
      await query(url, 'UPDATE workers SET paused_at = NULL');
    });

    it('nothing where one of the names is no role', async () => {
      const { code, err } = await sh(words('freeze fulfilment nobody'));
      expect([code, err]).toEqual([1, 'There is no role “nobody”; there are fulfilment.\n']);
      expect(await json('workers list')).toMatchObject([{ role: 'fulfilment', paused: false }]);
    });
  });
});

describe('backroom doctor', () => {
  it('finds all well, and what is amiss, with what to do', async () => {
    const well = await sh(words('doctor --json'), { env: { DATABASE_URL: url, DATA_DIR: process.cwd() } as never });
    expect(JSON.parse(well.out).filter((one: { well: boolean }) => !one.well)).toEqual([]);
    expect(well.code).toBe(0);
    await query(url, `UPDATE migrations SET name = 'x' WHERE name LIKE 'Ends%'; GRANT UPDATE ON events TO backroom_api`);
    const env = {
      DATABASE_URL: url,
      DATA_DIR: '/nowhere',
      WORLD_URL: 'http://127.0.0.1:9',
      SMTP_URL: 'smtp://127.0.0.1:9',
      KAFKA_BROKERS: '127.0.0.1:9',
    };
    const ill = await sh(words('doctor'), { env: env as never });
    await query(url, `UPDATE migrations SET name = 'Ends1764000000010' WHERE name = 'x'; REVOKE UPDATE ON events FROM backroom_api`);
    expect(ill.code).toBe(1);
    const lines = ill.out
      .trimEnd()
      .split('\n')
      .map((line) => line.trim());
    expect(lines.map((line) => line.split(/ {2,}/).slice(0, 2).join(' '))).toEqual([
      '✓ settings',
      '✓ database',
      '✗ schema',
      '✗ grants',
      '✗ broker',
      '✗ topics',
      '✗ world',
      '✗ SMTP',
      '✗ disk',
    ]);
    expect(lines[2]).toMatch(/1 migrations have not been run: Ends1764000000010\. Run tools\/migrate of this build\.$/);
    expect(lines[3]).toContain('backroom_api may change or delete events.');
  });

  it('says which setting is wrong, and none of its secrets', async () => {
    const { code, out } = await sh(words('doctor'), { env: { DATABASE_URL: 'http://a:secret@b' } as never });
    expect([code, out]).toEqual([1, '  ✗  settings  DATABASE_URL must be a URL like postgresql://user:password@host:5432/database.\n']);
  });
});
