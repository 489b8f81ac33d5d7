import { Database } from '#libs/store';
import { makeAsk } from '#libs/work';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { freshDatabase } from '../../../test/setup/database.js';
import { makeMailer } from '../../../apps/notifications/emails/send.js';
import { startMailServer, type MailServer } from '../stack/mail-server.js';
import { watchBoundaries } from './boundaries.js';

let passed: string[] = [];
let fresh: Awaited<ReturnType<typeof freshDatabase>>;
let db: Database;
let server: Server;
let mail: MailServer;

beforeAll(async () => {
  // In this file's own process: the libraries are another file's again.
  watchBoundaries((boundary) => passed.push(boundary), {
    statement: async (query, ask) => (query.name === 'altered' ? ask({ ...query, text: `SELECT 2 AS n` }) : ask(query)),
  });
  fresh = await freshDatabase();
  db = new Database({ url: fresh.url });
  server = createServer((_, answer) => answer.writeHead(201, { 'content-type': 'application/json' }).end('{"id":"x"}'));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  mail = await startMailServer();
});
afterAll(async () => {
  await db?.close();
  await fresh?.drop();
  server?.close();
  await mail?.close();
});
beforeEach(() => void (passed = []));

it('names a statement and a commit after what was asked last', async () => {
  const rows = await db.transaction((tx) => tx.run('one', 'SELECT 1 AS n', []));
  expect(rows).toEqual([{ n: 1 }]);
  expect(passed).toEqual(['store:one:before', 'store:one:after', 'store:COMMIT of one:before', 'store:COMMIT of one:after']);
});

it('sees what the pool asks by itself, and hands its errors on', async () => {
  expect(await db.run('pooled', 'SELECT $1::int AS n', [7])).toEqual([{ n: 7 }]);
  await expect(db.run('wrong', 'SELECT nothing', [])).rejects.toMatchObject({ code: '42703' });
  expect(passed).toEqual(['store:pooled:before', 'store:pooled:after', 'store:wrong:before']);
  // The connection is as good as before.
  expect(await db.run('after', 'SELECT 1 AS n', [])).toEqual([{ n: 1 }]);
});

it('lets a mutation ask something else', async () => {
  expect(await db.run('altered', 'SELECT 1 AS n', [])).toEqual([{ n: 2 }]);
});

it('names a request to the outside without its key', async () => {
  const ask = makeAsk(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await ask.call('/gateway/captures', {}, 'key', AbortSignal.timeout(5_000));
  await ask.lookup('/gateway/operations', 'order:1:capture', AbortSignal.timeout(5_000));
  await ask.close();
  expect(passed).toEqual([
    'world:POST /gateway/captures:before',
    'world:POST /gateway/captures:after',
    'world:GET /gateway/operations:before',
    'world:GET /gateway/operations:after',
  ]);
});

it('sees a mail between its last byte and its 250; a server that dies there has it in its ledger, unanswered', async () => {
  const mailer = makeMailer(mail.url, { from: 'shop@example.com', domain: 'example.com' });
  const letter = { to: { name: 'Ada', address: 'ada@example.com' }, subject: 's', text: 't', html: 't', attachments: [] };
  const send = () => mailer.send(letter, { messageId: 'm.1' }, AbortSignal.timeout(10_000));

  expect(await send()).toMatchObject({ done: {} });
  const steps = passed.filter((one) => one.startsWith('smtp:'));
  expect(steps.indexOf('smtp:250:before')).toBeGreaterThan(steps.indexOf('smtp:DATA:after'));

  const died = mail.dieBeforeNext250(0);
  expect(await send()).toHaveProperty('ambiguous');
  expect(await died).toBe('died');
  expect(mail.ledger.map(({ messageId, answered }) => [messageId, answered])).toEqual([
    ['m.1@example.com', true],
    ['m.1@example.com', false],
  ]);
  expect(await send()).toMatchObject({ done: {} });
  mailer.close();
});
