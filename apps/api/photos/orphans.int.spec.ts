import { FilesystemObjects } from '#libs/objects';
import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDatabase } from '../../../test/setup/database.js';
import { query } from '../../../test/setup/query.js';
import { dropOrphans } from './orphans.js';
import { originalOf } from './receive-photo.js';

let database: Awaited<ReturnType<typeof openDatabase>>;
let folder: string;
let objects: FilesystemObjects;
beforeAll(async () => {
  database = await openDatabase({ role: 'backroom_api', connections: 1 });
  folder = await mkdtemp(path.join(os.tmpdir(), 'backroom-orphans-'));
  objects = await FilesystemObjects.open(folder);
});
afterAll(async () => {
  await database?.close();
  await rm(folder, { recursive: true });
});

/** An upload of so many hours ago. */
async function upload(hours: number): Promise<string> {
  const id = crypto.randomUUID();
  await objects.put(originalOf(id), Buffer.from('x'));
  const at = new Date(Date.now() - hours * 3_600_000);
  await utimes(path.join(folder, originalOf(id)), at, at);
  return id;
}

it('deletes what no event tells of or whose photo is erased and is a day old, and nothing else', async () => {
  const [orphan, young, told, erased] = [await upload(25), await upload(23), await upload(25), await upload(25)];
  await query(
    database.url,
    `INSERT INTO events (stream, version, type, data, meta, at) VALUES ('photo:${told}', 1, 'PhotoUploaded', '{}', '{"lane":"standard"}', now()),
       ('photo:${erased}', 1, 'PhotoUploaded', '{}', '{"lane":"standard"}', now()), ('photo:${erased}', 2, 'PhotoErased', '{}', '{"lane":"standard"}', now())`,
  );
  await objects.put(`photos/${orphan}/v1/thumb.jpg`, Buffer.from('x'));
  expect(await dropOrphans(database.db, objects, new AbortController().signal)).toBe(2);
  expect((await readdir(path.join(folder, 'photos'))).toSorted()).toEqual([young, told].toSorted());
  expect(await dropOrphans(database.db, objects, new AbortController().signal)).toBe(0);
});
