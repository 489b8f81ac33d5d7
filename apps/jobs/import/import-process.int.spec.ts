import { Access } from '#libs/access';
import { algorithm } from '#libs/card';
import { objectOf, receiveImport, type SealingParts } from '#libs/imports';
import { FilesystemObjects } from '#libs/objects';
import { dyingWithUs } from '#tools/dying-with-us';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { csvOfOrders } from '../../../libs/imports/files.fixture.js';
import { openDatabase } from '../../../test/setup/database.js';
import { query } from '../../../test/setup/query.js';
import type { Imported } from './import-orders.js';

let opened: Awaited<ReturnType<typeof openDatabase>>;
let folder: string;
let parts: SealingParts & { objects: FilesystemObjects };
beforeAll(async () => {
  opened = await openDatabase();
  folder = await mkdtemp(path.join(os.tmpdir(), 'backroom-import-'));
  await chmod(folder, 0o711);
  const { publicKey } = await generateKeyPair(algorithm.alg, { extractable: true });
  const key = { ...((await exportJWK(publicKey)) as JWK), kid: 'k' };
  parts = {
    objects: await FilesystemObjects.open(folder),
    access: new Access('key', 'operator'),
    keys: { newest: async () => key, judge: async (sealed) => sealed },
    callbacks: { loopback: false },
  };
  const job = `'import', 'A test’s', '{}', 'none', '{}'`;
  await query(opened.url, `INSERT INTO jobs (name, description, input, missed, defaults) VALUES (${job}) ON CONFLICT DO NOTHING`);
});
afterAll(async () => {
  await opened?.close();
  await rm(folder, { recursive: true, force: true });
});

async function received(file: string): Promise<string> {
  const id = crypto.randomUUID();
  await receiveImport(parts, objectOf(id), 'csv', Readable.from([Buffer.from(file)]));
  const values = `'${id}', 'import', 'http', '{"object":"${objectOf(id)}"}', false`;
  await query(opened.url, `INSERT INTO runs (id, job, trigger, input, alone) VALUES (${values})`);
  return id;
}

const fixture = fileURLToPath(new URL('import-process.fixture.ts', import.meta.url));
const source = fileURLToPath(new URL('../../../test/setup/from-source.mjs', import.meta.url));

/** A process that does the run; its exit code is null if it was killed. `seen` gets its memory in MB, idle and after each step, and may have it killed. */
async function work(id: string, seen: (mb: number, kill: () => void) => void): Promise<number | null> {
  const [command, args] = dyingWithUs(process.execPath, ['--conditions=source', '--import', source, fixture, opened.url, folder, id]);
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  createInterface(child.stdout).on('line', (line) => seen(Number(line), () => child.kill('SIGKILL')));
  return (await exited)[0] as number | null;
}
const resultOf = async (id: string): Promise<Imported | undefined> =>
  (await opened.db.run<{ result: Imported }>('t-result', 'SELECT result FROM runs WHERE id = $1', [id]))[0]?.result;
const placedOf = async (prefix: string) =>
  (
    await opened.db.run<{ orders: number; references: number }>(
      't-placed',
      `SELECT (SELECT count(*)::int FROM events WHERE type = 'OrderPlaced') AS orders,
         (SELECT count(*)::int FROM import_references WHERE starts_with(reference, $1)) AS references`,
      [prefix],
    )
  )[0]!;

it('kill -9 in the middle, again and again: no line twice, none lost', async () => {
  const count = 6_000;
  const id = await received(csvOfOrders(count, 'killed-'));
  const before = await placedOf('killed-');
  let kills = 0;
  for (let left = 3; ;) {
    // Each of them comes a few steps further. At once, or a little later: before the commit of a step, or after it.
    let steps = 0;
    const code = await work(id, (_, kill) => {
      steps += 1;
      if (left > 0 && steps === 3) {
        left -= 1;
        kills += 1;
        if (left % 2) kill();
        else setTimeout(kill, 15);
      }
    });
    if (code === 0) break;
    expect(code).toBe(null);
  }
  expect(kills).toBe(3);
  expect(await resultOf(id)).toEqual({ rows: count, orders: count, duplicates: 0, rejected: [] });
  expect(await placedOf('killed-')).toEqual({ orders: before.orders + count, references: count });
}, 120_000);

it('takes no more memory for many lines than for few', async () => {
  const memory: number[] = [];
  const id = await received(csvOfOrders(20_000, 'many-'));
  expect(await work(id, (mb) => memory.push(mb))).toBe(0);
  expect(await resultOf(id)).toMatchObject({ orders: 20_000 });
  expect(Math.max(...memory) - memory[0]!).toBeLessThan(200);
}, 120_000);
