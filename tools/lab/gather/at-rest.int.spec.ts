import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freshDatabase } from '../../../test/setup/database.js';
import { query } from '../../../test/setup/query.js';
import { personalAtRest } from './at-rest.js';

const mark = 'qx0123456789';
const cardNumbers = ['5212345678901234'];
let database: Awaited<ReturnType<typeof freshDatabase>>;
let dir: string;
beforeAll(async () => {
  database = await freshDatabase();
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'backroom-at-rest-'));
});
afterAll(async () => {
  await database?.drop();
  fs.rmSync(dir, { recursive: true, force: true });
});

const found = () => personalAtRest({ url: database.url, folders: [dir] }, { mark, cardNumbers });

it('is silent about what stands where it may', async () => {
  await query(database.url, `INSERT INTO personal (stream, kind, data) VALUES ('order:1', 'customer', '{"name": "Ada ${mark}"}')`);
  expect(await found()).toEqual([]);
});

it.each([
  ['plain', (text: string) => text],
  ['in base64, after one byte', (text: string) => Buffer.from(`x${text}`).toString('base64')],
  ['in base64, after two', (text: string) => Buffer.from(`xy${text} and more`).toString('base64')],
])('finds a name in a file, %s', async (_, written) => {
  const file = path.join(dir, 'a.log');
  fs.writeFileSync(file, `before ${written(`Ada ${mark}`)} after`);
  expect((await found()).join()).toContain(file);
  fs.rmSync(file);
});

it('finds a card across the border of two pieces', async () => {
  const file = path.join(dir, 'segment.log');
  fs.writeFileSync(file, `${'\0'.repeat((8 << 20) - 8)}${cardNumbers[0]}${'\0'.repeat(100)}`);
  expect((await found()).join()).toContain(file);
  fs.rmSync(file);
});

it('finds a name in any table but the two', async () => {
  await query(database.url, `INSERT INTO leases (name, holder, epoch, until) VALUES ('x', 'Ada ${mark}', 1, now())`);
  expect(await found()).toEqual([expect.stringContaining('table leases')]);
});
