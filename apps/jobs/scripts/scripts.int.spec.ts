import { askForRun, cancelRun, type Database } from '#libs/store';
import { JobRunner } from '#libs/work';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { openDatabase } from '../../../test/setup/database.js';
import { Scripts } from './watch-scripts.js';

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => void ({ db, close } = await openDatabase({ role: 'backroom_jobs' })));
afterAll(() => close());

let dir: string;
let warned: string[];
let scripts: Scripts;
let runner: JobRunner;
beforeEach(async () => {
  dir = await mkdtemp(path.join(os.tmpdir(), 'backroom-scripts-'));
  warned = [];
  const log = (_: string, __: string, details?: object) => void (details && 'why' in details && warned.push(String(details.why)));
  scripts = new Scripts(dir, { db, instance: 'test-instance', taken: new Set(['retention']), log });
  runner = new JobRunner([], { db, instance: 'test-instance', log: () => {}, lookMs: 20 });
  runner.start();
});
afterEach(async () => {
  await runner.stop(2_000);
  await rm(dir, { recursive: true });
});

let nth = 0;
async function script(file: string, text: string, settings?: object, name = `script-${(nth += 1)}`): Promise<string> {
  const folder = path.join(dir, 'triggered', name);
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, file), text);
  if (settings) await writeFile(path.join(folder, 'settings.job'), JSON.stringify(settings));
  return name;
}
const look = async () => runner.know(await scripts.look());
async function ask(job: string, input: object = {}): Promise<string> {
  await look();
  const id = uuidv7();
  expect(await askForRun(db, { id, job, trigger: 'cli', input })).toBe(true);
  return id;
}
const rowOf = async (id: string) =>
  (await db.run<{ state: string; result: unknown }>('t-run', 'SELECT state, result FROM runs WHERE id = $1', [id]))[0];
const ended = (id: string, state: string) =>
  vi.waitFor(async () => expect(await rowOf(id)).toMatchObject({ state }), { timeout: 20_000, interval: 20 });
const logOf = async (id: string) =>
  (await db.run<{ said: string }>('t-log', `SELECT level || ' ' || message AS said FROM run_log WHERE run = $1 ORDER BY line`, [id])).map(
    ({ said }) => said,
  );
const alive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('a script', () => {
  it.each([
    ['run.sh', 'echo "in $BACKROOM_INPUT"; echo "wrong" >&2; env | cut -d= -f1 | sort | tr "\\n" " "'],
    [
      'run.mjs',
      'console.log("in " + process.env.BACKROOM_INPUT); console.error("wrong"); console.log(Object.keys(process.env).sort().join(" ") + " ")',
    ],
  ])('%s: its output is the run’s log, INFO and ERROR; of our environment it gets nothing', async (file, text) => {
    process.env.A_SECRET_OF_OURS = 'secret';
    const id = await ask(await script(file, text), { path: '/tmp' });
    await ended(id, 'succeeded');
    delete process.env.A_SECRET_OF_OURS;
    const log = await logOf(id);
    expect(log).toContain('info in {"path":"/tmp"}');
    expect(log).toContain('error wrong');
    const names = log
      .find((line) => line.includes('BACKROOM_RUN_ID'))!
      .slice('info '.length)
      .trim()
      .split(' ');
    const allowed = [
      'BACKROOM_INPUT',
      'BACKROOM_INSTANCE',
      'BACKROOM_JOB',
      'BACKROOM_RUN_ID',
      'BACKROOM_TRIGGER',
      'LANG',
      'PATH',
      'PWD',
      'OLDPWD',
      'SHLVL',
      '_',
    ];
    expect(names.filter((name) => !allowed.includes(name))).toEqual([]);
    expect((await rowOf(id))!.result).toEqual({ exitCode: 0 });
  });

  it('that ends with another code than 0 has failed, and is not tried again', async () => {
    const id = await ask(await script('run.sh', 'echo once; exit 3'));
    await ended(id, 'failed');
    expect((await rowOf(id))!.result).toEqual({ reason: 'It ended with 3.' });
    expect(await logOf(id)).toEqual(['info once', 'error It ended with 3.']);
  });

  it('is told to stop with all that it has started, and killed where it does not', async () => {
    const id = await ask(
      await script('run.sh', 'trap "" TERM; echo $$; sleep 1000 & echo $!; while true; do sleep 1; done', { stopping_wait_time: 1 }),
    );
    await vi.waitFor(async () => expect(await logOf(id)).toHaveLength(2), { timeout: 10_000, interval: 20 });
    const pids = (await logOf(id)).map((line) => Number(line.split(' ')[1]));
    expect(pids.map(alive)).toEqual([true, true]);
    await cancelRun(db, id);
    await ended(id, 'cancelled');
    await vi.waitFor(() => expect(pids.map(alive)).toEqual([false, false]), 5_000);
  });

  it('is waited for as long as the operator has set, not its settings.job', async () => {
    const name = await script('run.sh', 'trap "" TERM; echo $$; while true; do sleep 0.1; done', { stopping_wait_time: 3_600 });
    await look();
    await db.run('t-change', `UPDATE jobs SET changed = '{"stoppingWaitSeconds":2}' WHERE name = $1`, [name]);
    const id = await ask(name);
    await vi.waitFor(async () => expect(await logOf(id)).toHaveLength(1), { timeout: 10_000, interval: 20 });
    const pid = Number((await logOf(id))[0]!.split(' ')[1]);
    expect(alive(pid)).toBe(true);
    await cancelRun(db, id);
    await ended(id, 'cancelled');
    await vi.waitFor(() => expect(alive(pid)).toBe(false), 5_000);
  });

  it('that ends at SIGTERM is cancelled at once, with its last words', async () => {
    const id = await ask(
      await script('run.sh', 'trap "echo bye; exit 0" TERM; echo up; while true; do sleep 0.1; done', { stopping_wait_time: 60 }),
    );
    await vi.waitFor(async () => expect(await logOf(id)).toEqual(['info up']), { timeout: 10_000, interval: 20 });
    await cancelRun(db, id);
    await ended(id, 'cancelled');
    // The shell may tell of its own sleep's end.
    expect((await logOf(id)).filter((line) => line !== 'error Terminated')).toEqual(['info up', 'info bye']);
  });
});

describe('the folder of scripts', () => {
  const jobOf = async (name: string) => (await db.run('t-job', 'SELECT settings, description FROM jobs WHERE name = $1', [name]))[0];

  it('is read again: what is new is there, what was changed is so, what has gone runs no more', async () => {
    await look();
    const name = await script('run.sh', 'true', { schedule: '0 3 * * *', stopping_wait_time: 7 });
    await look();
    expect(await jobOf(name)).toMatchObject({
      settings: { schedule: '0 3 * * *', singleton: true, overlap: 'skip', stoppingWaitSeconds: 8, enabled: true },
    });
    await script('run.sh', 'true', { is_singleton: false }, name);
    await look();
    expect(await jobOf(name)).toMatchObject({ settings: { schedule: null, singleton: false, overlap: 'allow' } });
    await rm(path.join(dir, 'triggered', name), { recursive: true });
    await look();
    expect(await jobOf(name)).toMatchObject({ settings: { enabled: false }, description: 'Its script is gone.' });
  });

  it('is not there: there are no scripts', async () => expect(await scripts.look()).toEqual([]));

  it('runs nothing but what stands in it, and says why', async () => {
    const elsewhere = path.join(dir, 'elsewhere.sh');
    await writeFile(elsewhere, 'true');
    await mkdir(path.join(dir, 'triggered', 'linked-file'), { recursive: true });
    await symlink(elsewhere, path.join(dir, 'triggered', 'linked-file', 'run.sh'));
    await mkdir(path.join(dir, 'outside'));
    await writeFile(path.join(dir, 'outside', 'run.sh'), 'true');
    await symlink(path.join(dir, 'outside'), path.join(dir, 'triggered', 'linked-folder'));
    await script('run.sh', 'true', undefined, 'Wrong_Name');
    await script('other.sh', 'true', undefined, 'without-run');
    await script('run.sh', 'true', { schedule: 'sometimes' }, 'wrong-schedule');
    await script('run.sh', 'true', undefined, 'retention');
    expect(await scripts.look()).toEqual([]);
    expect(warned.toSorted()).toEqual([
      'A job of the shop has this name.',
      'A job’s name is of small letters, digits and hyphens.',
      'It is no folder.',
      'There is no run.* in it.',
      'run.sh is no plain file.',
      expect.stringMatching(/^settings\.job: schedule: /),
    ]);
    await scripts.look();
    expect(warned).toHaveLength(6);
  });

  it('whose script was swapped for a link since is not run', async () => {
    const name = await script('run.sh', 'echo mine');
    await look();
    const file = path.join(dir, 'triggered', name, 'run.sh');
    await rm(file);
    await writeFile(path.join(dir, 'elsewhere.sh'), 'echo theirs');
    await chmod(path.join(dir, 'elsewhere.sh'), 0o755);
    await symlink(path.join(dir, 'elsewhere.sh'), file);
    const id = uuidv7();
    await askForRun(db, { id, job: name, trigger: 'http', input: {} });
    await ended(id, 'failed');
    expect(await logOf(id)).toEqual(['error The script is gone, or no plain file any more.']);
  });
});
