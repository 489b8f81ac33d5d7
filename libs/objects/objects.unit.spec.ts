import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { objectsContract } from './contract.js';
import { FilesystemObjects, MemoryObjects } from './index.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'backroom-objects-'));
});
afterAll(() => rm(folder, { recursive: true }));

objectsContract('objects in memory', async () => new MemoryObjects());
objectsContract('objects in a folder', async () => FilesystemObjects.open(await mkdtemp(path.join(folder, 'store-'))));

const filesIn = (dir: string): Promise<string[]> => readdir(dir, { recursive: true });

it('leaves no file and no empty folder behind', async () => {
  const dir = await mkdtemp(path.join(folder, 'store-'));
  const objects = await FilesystemObjects.open(dir);
  await objects.put('photos/a/v1/thumb.jpg', Buffer.from('x'));
  await objects.delete('photos/a/v1/thumb.jpg');
  const broken = async function* () {
    yield Buffer.from('half');
    throw new Error('gone');
  };
  await expect(objects.put('photos/b/original', broken())).rejects.toThrow('gone');
  expect(await filesIn(dir)).toEqual(['.incoming']);
});

it('removes at the start what a crash has left of old uploads, and none that may still be coming', async () => {
  const dir = await mkdtemp(path.join(folder, 'store-'));
  await mkdir(path.join(dir, '.incoming'));
  for (const name of ['old', 'young']) await writeFile(path.join(dir, '.incoming', name), 'half');
  const dayBefore = new Date(Date.now() - 25 * 60 * 60 * 1000);
  await utimes(path.join(dir, '.incoming', 'old'), dayBefore, dayBefore);
  await FilesystemObjects.open(dir);
  expect(await readdir(path.join(dir, '.incoming'))).toEqual(['young']);
});

it('keeps what was put for the next process', async () => {
  const dir = await mkdtemp(path.join(folder, 'store-'));
  await (await FilesystemObjects.open(dir)).put('a', Buffer.from('x'));
  const found = await (await FilesystemObjects.open(dir)).get('a');
  expect(await buffer(found!.stream)).toEqual(Buffer.from('x'));
});
