import { problem } from '#libs/host';
import type { ImportType } from '#libs/imports';
import { appendFile, mkdir, mkdtemp, open, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { watchFolder, type WatchedFolder } from './watch-folder.js';

let dir: string;
let ending: (() => Promise<void>)[];
beforeEach(async () => {
  dir = await mkdtemp(path.join(os.tmpdir(), 'backroom-folder-'));
  ending = [];
});
afterEach(async () => {
  for (const end of ending) await end();
  await rm(dir, { recursive: true });
});

/** What was sealed and then asked for, in the order of it. */
interface Taken {
  readonly type: ImportType;
  readonly content: string;
}

function watch(more: Partial<WatchedFolder> = {}) {
  const taken: Taken[] = [];
  const log = vi.fn();
  const sealed = new Map<string, Taken>();
  const abort = new AbortController();
  const ended = watchFolder(
    {
      dir,
      async seal(type, bytes) {
        const object = crypto.randomUUID();
        sealed.set(object, { type, content: await text(bytes) });
        return { object };
      },
      queue: async (object) => void taken.push(sealed.get(object)!),
      discard: async (object) => void sealed.delete(object),
      log,
      ...more,
    },
    abort.signal,
  );
  const stopped = ended.catch((error: unknown) => error);
  const stop = async (): Promise<unknown> => {
    abort.abort();
    return stopped;
  };
  ending.push(async () => void (await stop()));
  return { taken, log, stop, stopped };
}
const drop = (name: string, content = name): Promise<void> => writeFile(path.join(dir, name), content);
const left = async (): Promise<string[]> => (await readdir(dir, { recursive: true })).filter((name) => name !== '.taking').sort();
const soon = { timeout: 15_000, interval: 50 };

it('takes a file by its ending and deletes it, and leaves alone what is none', async () => {
  const { taken } = watch();
  await mkdir(path.join(dir, 'folder.csv'));
  await writeFile(path.join(dir, 'folder.csv', 'a.csv'), 'x');
  await symlink('/etc/hostname', path.join(dir, 'link.csv'));
  for (const name of ['.hidden.csv', 'notes.txt', 'a.csv', 'b.ndjson', 'c.JSONL']) await drop(name);
  await expect.poll(() => taken.length, soon).toBe(3);
  expect(taken).toEqual(
    expect.arrayContaining([
      { type: 'csv', content: 'a.csv' },
      { type: 'ndjson', content: 'b.ndjson' },
      { type: 'ndjson', content: 'c.JSONL' },
    ]),
  );
  await expect.poll(left, soon).toEqual(['.hidden.csv', 'folder.csv', path.join('folder.csv', 'a.csv'), 'link.csv', 'notes.txt']);
}, 30_000);

it('takes what was dropped while nobody watched, and what was claimed by one that is gone', async () => {
  await drop('a.csv');
  await mkdir(path.join(dir, '.taking'));
  await writeFile(path.join(dir, '.taking', `${crypto.randomUUID()}-b.csv`), 'b.csv');
  const { taken } = watch();
  await expect.poll(() => taken.map(({ content }) => content).sort(), soon).toEqual(['a.csv', 'b.csv']);
  await expect.poll(left, soon).toEqual([]);
}, 30_000);

it('takes a file that is being written once it is whole', async () => {
  const { taken } = watch();
  const whole = Array.from({ length: 12 }, (_, n) => `line ${n}\n`);
  for (const line of whole) {
    await appendFile(path.join(dir, 'slow.csv'), line);
    // A writer that takes its time, and less than a second.
    await sleep(300);
  }
  await expect.poll(() => taken, soon).toEqual([{ type: 'csv', content: whole.join('') }]);
}, 30_000);

it('seals a file again if it has grown meanwhile', async () => {
  let grow = async (): Promise<void> => {
    grow = async () => {};
    await file.write('second\n');
  };
  const file = await open(path.join(dir, 'late.csv'), 'w');
  await file.write('first\n');
  const contents: string[] = [];
  const { taken } = watch({
    async seal(_type, bytes) {
      contents.push(await text(bytes));
      await grow();
      return { object: String(contents.length) };
    },
    queue: async (object) => void taken.push({ type: 'csv', content: object }),
  });
  await expect.poll(() => taken, soon).toEqual([{ type: 'csv', content: '2' }]);
  expect(contents).toEqual(['first\n', 'first\nsecond\n']);
  await file.close();
}, 30_000);

it('takes a file and the one that takes its name, each once', async () => {
  const { taken } = watch();
  await drop('a.csv', 'one');
  await expect.poll(() => taken.length, soon).toBe(1);
  await drop('.a.csv.part', 'two');
  await rename(path.join(dir, '.a.csv.part'), path.join(dir, 'a.csv'));
  await expect.poll(() => taken.map(({ content }) => content), soon).toEqual(['one', 'two']);
}, 30_000);

it('two watchers take each file once', async () => {
  const watchers = [watch(), watch()];
  const names = Array.from({ length: 20 }, (_, n) => `${n}.csv`);
  for (const name of names) await drop(name);
  const all = () => watchers.flatMap(({ taken }) => taken.map(({ content }) => content));
  await expect.poll(() => all().length, { ...soon, timeout: 60_000 }).toBe(20);
  await expect.poll(left, soon).toEqual([]);
  expect(all().sort()).toEqual(names.sort());
}, 90_000);

it('puts aside what nobody can take, says why, and goes on', async () => {
  const { taken, log } = watch({
    async seal(type, bytes) {
      const content = await text(bytes);
      if (content === 'bad') throw problem('invalid', { errors: [{ pointer: '', detail: 'There is no header row.' }] });
      return { object: `${type} ${content}` };
    },
    queue: async (object) => void taken.push({ type: 'csv', content: object }),
  });
  await drop('bad.csv', 'bad');
  await drop('good.csv', 'good');
  await expect.poll(() => taken, soon).toEqual([{ type: 'csv', content: 'csv good' }]);
  await expect.poll(left, soon).toEqual(['bad.csv.rejected', 'bad.csv.rejected.txt']);
  expect(await readFile(path.join(dir, 'bad.csv.rejected'), 'utf8')).toBe('bad');
  expect(await readFile(path.join(dir, 'bad.csv.rejected.txt'), 'utf8')).toContain('There is no header row.');
  expect(log).toHaveBeenCalledWith('warn', expect.any(String), expect.objectContaining({ file: 'bad.csv' }));
}, 30_000);

it('lets go of nothing that it could not seal for now: the next takes it', async () => {
  await drop('a.csv');
  const failing = watch({ seal: async () => Promise.reject(problem('unavailable')) });
  await expect(failing.stopped).resolves.toMatchObject({ slug: 'unavailable' });
  const { taken } = watch();
  await expect.poll(() => taken, soon).toEqual([{ type: 'csv', content: 'a.csv' }]);
}, 30_000);
