import { Access } from '#libs/access';
import { algorithm } from '#libs/card';
import { Problem } from '#libs/host';
import { mostBytes, objectOf } from '#libs/imports';
import { FilesystemObjects } from '#libs/objects';
import { fastify, type FastifyInstance } from 'fastify';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { csvFile, csvOfOrders } from '../../../libs/imports/files.fixture.js';
import { openDatabase } from '../../../test/setup/database.js';
import { query } from '../../../test/setup/query.js';
import { importType, takeImports } from './import-type.js';
import { dropImports } from './orphans.js';
import { takeImport, type TakingParts } from './take-import.js';

let opened: Awaited<ReturnType<typeof openDatabase>>;
let folder: string;
let objects: FilesystemObjects;
let parts: TakingParts;
let http: FastifyInstance;
let url: string;
beforeAll(async () => {
  opened = await openDatabase({ role: 'backroom_api' });
  folder = await mkdtemp(path.join(os.tmpdir(), 'backroom-imports-'));
  objects = await FilesystemObjects.open(folder);
  const { publicKey } = await generateKeyPair(algorithm.alg, { extractable: true });
  const key = { ...((await exportJWK(publicKey)) as JWK), kid: 'k' };
  const access = new Access('key', 'operator');
  parts = {
    db: opened.db,
    objects,
    access,
    keys: { newest: async () => key, judge: async (sealed) => sealed },
    callbacks: { loopback: false },
  };
  await query(
    opened.url,
    `INSERT INTO jobs (name, description, input, missed, defaults) VALUES ('import', 'A test’s', '{}', 'none', '{"overlap":"queue"}')`,
  );
  http = fastify({ forceCloseConnections: true });
  takeImports(http, '/imports', access);
  http.setErrorHandler((error, _request, reply) => {
    if (error instanceof Problem) void reply.code(error.getStatus()).send({ slug: error.slug });
    else void reply.code(500).send({});
  });
  http.post('/imports', (sent) => takeImport(parts, importType(sent.headers['content-type'])!, sent.raw));
  http.post('/others', () => ({}));
  url = await http.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(async () => {
  await http?.close();
  await opened?.close();
  await rm(folder, { recursive: true, force: true });
});

const filesIn = async (): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).map(({ name }) => name);
const runs = () => opened.db.run<{ id: string; input: { object: string } }>('t-runs', 'SELECT id, input FROM runs', []);
beforeEach(async () => {
  await query(opened.url, 'DELETE FROM runs; DELETE FROM idempotency');
  for (const name of await filesIn()) await rm(path.join(folder, 'imports', name), { force: true });
});

async function send(body: string | Buffer, headers: Record<string, string> = {}, where = '/imports') {
  const answer = await fetch(url + where, {
    method: 'POST',
    body: typeof body === 'string' ? body : new Uint8Array(body),
    headers: { 'content-type': 'text/csv', authorization: 'Bearer operator', ...headers },
  });
  return { status: answer.status, body: (await answer.json()) as { id?: string; slug?: string } };
}

it('a file that nobody would read, as no role does imports yet, is not taken: and nothing of it is kept', async () => {
  await query(opened.url, `UPDATE jobs SET name = 'another'`);
  try {
    const taken = takeImport(parts, 'ndjson', Readable.from([Buffer.from('{}')]));
    await expect(taken).rejects.toMatchObject({ slug: 'unavailable', detail: 'There is no job import here yet.' });
    expect(await filesIn()).toEqual([]);
  } finally {
    await query(opened.url, `UPDATE jobs SET name = 'import'`);
  }
});

describe('a file of orders sent to the front door', () => {
  it('lies in the store, sealed, under its run’s id', async () => {
    const { status, body } = await send(csvOfOrders(3));
    expect(status).toBe(200);
    expect(await runs()).toEqual([{ id: body.id, input: { object: objectOf(body.id!) } }]);
    const lines = String(await buffer((await objects.get(objectOf(body.id!)))!.stream))
      .trim()
      .split('\n');
    expect(lines.map((line) => JSON.parse(line).reference)).toEqual(['r-0', 'r-1', 'r-2']);
    expect(lines.join()).not.toContain('4242424242424242');
  });

  it('may be NDJSON, and its type may have parameters', async () => {
    expect((await send('', { 'content-type': 'application/x-ndjson' })).status).toBe(200);
    expect((await send(csvFile(), { 'content-type': 'Text/CSV; charset=utf-8; header=present' })).status).toBe(200);
  });

  it.each([
    ['no credential', { authorization: '' }, 401],
    ['a wrong one', { authorization: 'Bearer x' }, 401],
    ['no credential and a wrong type', { authorization: '', 'content-type': 'application/json' }, 401],
    ['a wrong type', { 'content-type': 'application/json' }, 415],
    ['a type that is nearly right', { 'content-type': 'text/csv2' }, 415],
  ])('with %s → %s', async (_, headers, status) => {
    expect((await send(csvFile(), headers)).status).toBe(status);
    expect([await filesIn(), await runs()]).toEqual([[], []]);
  });

  it('is no type for another route', async () => {
    expect((await send(csvFile(), {}, '/others')).status).toBe(415);
  });

  it('without its header leaves nothing', async () => {
    expect(await send('')).toEqual({ status: 422, body: { slug: 'invalid' } });
    expect(await send(csvFile({}, {}).split('\r\n').slice(1).join('\r\n'))).toEqual({ status: 422, body: { slug: 'invalid' } });
    expect([await filesIn(), await runs()]).toEqual([[], []]);
  });

  it('of more than 100 MiB leaves nothing, whether it says so or not', async () => {
    const blank = Buffer.alloc(1024 * 1024, '\n');
    const pour = (headers: Record<string, string>) =>
      new Promise<number>((resolve, reject) => {
        const sending = request(url + '/imports', {
          method: 'POST',
          headers: { 'content-type': 'text/csv', authorization: 'Bearer operator', ...headers },
        });
        sending.on('response', (answer) => resolve(answer.resume().statusCode!)).on('error', reject);
        sending.write(csvFile());
        const pieces = headers['content-length'] ? 0 : mostBytes / blank.length;
        let sent = 0;
        const more = (): void => {
          while (sent < pieces) if (((sent += 1), !sending.write(blank))) return void sending.once('drain', more);
          if (pieces > 0) sending.end();
        };
        more();
      });
    expect(await pour({ 'transfer-encoding': 'chunked' })).toBe(413);
    expect(await pour({ 'content-length': String(mostBytes + 1) })).toBe(413);
    expect([await filesIn(), await runs()]).toEqual([[], []]);
  });

  it('that breaks off leaves nothing', async () => {
    const { port } = http.server.address() as AddressInfo;
    const closed = new Promise<void>((resolve) => http.server.once('connection', (socket) => socket.once('close', () => resolve())));
    const whole = csvOfOrders(2_000);
    const sending = request({
      port,
      host: '127.0.0.1',
      path: '/imports',
      method: 'POST',
      agent: false,
      headers: { 'content-type': 'text/csv', authorization: 'Bearer operator', 'content-length': String(whole.length) },
    });
    sending.on('error', () => {});
    sending.write(whole.slice(0, whole.length / 2));
    // Half of it is being written down.
    await expect.poll(async () => (await filesIn()).length).toBe(1);
    sending.destroy();
    await closed;
    await expect.poll(filesIn).toEqual([]);
    expect(await runs()).toEqual([]);
  });
});

describe('with an Idempotency-Key, a file of orders', () => {
  const scoped = { scope: 'POST /imports', key: 'k' };
  async function* bytesOf(file: string) {
    yield Buffer.from(file);
  }
  const take = async (file: string) => {
    return takeImport(parts, 'csv', Readable.from(bytesOf(file)), scoped);
  };

  it('has one run, however often it is sent, at once too', async () => {
    const taken = await Promise.all([take(csvOfOrders(2)), take(csvOfOrders(2)), take(csvOfOrders(2))]);
    expect(new Set(taken.map(({ id }) => id)).size).toBe(1);
    expect(taken.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(await runs()).toHaveLength(1);
    expect(await filesIn()).toEqual([taken[0]!.id]);
  });

  it('is refused if it was another, and leaves nothing', async () => {
    const { id } = await take(csvOfOrders(2));
    await expect(take(csvOfOrders(3))).rejects.toMatchObject({ slug: 'idempotency-key-reused' });
    expect(await filesIn()).toEqual([id]);
  });

  it('leaves nothing if its run cannot be asked for', async () => {
    await query(opened.url, `UPDATE jobs SET changed = '{"overlap":"skip"}'`);
    const first = await takeImport(parts, 'csv', Readable.from(bytesOf(csvOfOrders(1))));
    await expect(take(csvOfOrders(1))).rejects.toMatchObject({ slug: 'job-running' });
    expect(await filesIn()).toEqual([first.id]);
    await query(opened.url, `UPDATE jobs SET changed = '{}'`);
    expect((await take(csvOfOrders(1))).replayed).toBe(false);
  });
});

it('what imports have left is deleted: of a run that ended at once, of none after a while', async () => {
  const [open, ended, young, old] = Array.from({ length: 4 }, () => crypto.randomUUID());
  for (const id of [open, ended, young, old]) await objects.put(objectOf(id!), Buffer.from('x'));
  for (const [id, at] of [
    [open, null],
    [ended, new Date()],
  ] as const) {
    const values = `'${id}', 'import', 'http', '{}', false, ${at ? `'${at.toISOString()}'` : 'NULL'}`;
    await query(opened.url, `INSERT INTO runs (id, job, trigger, input, alone, ended_at) VALUES (${values})`);
  }
  const hourBefore = new Date(Date.now() - 60 * 60_000);
  for (const id of [open, old]) await utimes(path.join(folder, objectOf(id!)), hourBefore, hourBefore);
  expect(await dropImports(opened.db, objects, new AbortController().signal)).toBe(2);
  expect((await filesIn()).sort()).toEqual([open, young].sort());
});
