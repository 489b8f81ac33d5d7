import { once } from 'node:events';
import { simpleParser } from 'mailparser';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { compose } from './compose.js';
import { sample } from './sample.js';
import { scriptedServer, type Script } from './scripted-server.js';
import { makeMailer } from './send.js';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const mail = compose('order-shipped', {
  ...sample,
  lines: sample.lines.map((line) => ({ ...line, photo: { thumb: Buffer.alloc(200_000, 'x'), contentType: 'image/jpeg' } })),
});
const messageId = `order-shipped.${sample.orderId}`;

async function shop(...scripts: Script[]) {
  const server = await scriptedServer(...scripts);
  const mailer = makeMailer(server.url, { from: 'Backroom <shop@backroom.example>', domain: 'backroom.example', connections: 2 });
  closing.push(server.close, () => mailer.close());
  const send = (to = mail.to, signal = new AbortController().signal) => mailer.send({ ...mail, to }, { messageId }, signal);
  return { server, mailer, send };
}

test('a mail goes out with both bodies, its photo inline and the headers of a machine', async () => {
  const { server, send } = await shop({ dot: '250 kept as 42' });
  expect(await send()).toEqual({ done: { response: '250 kept as 42' } });

  const got = await simpleParser(server.mails[0]!);
  expect(got.messageId).toBe(`<${messageId}@backroom.example>`);
  expect(got.headers.get('auto-submitted')).toBe('auto-generated');
  expect(got.from?.value).toEqual([{ name: 'Backroom', address: 'shop@backroom.example' }]);
  expect([got.to].flat()[0]?.value).toEqual([{ name: 'Ada Lovelace', address: 'ada@example.com' }]);
  expect(got.text?.trim()).toBe(mail.text.trim());
  expect(got.attachments.map(({ related, contentDisposition, contentType }) => ({ related, contentDisposition, contentType }))).toEqual(
    mail.attachments.map(() => ({ related: true, contentDisposition: 'inline', contentType: 'image/jpeg' })),
  );
  expect(got.html).toContain('src="data:image/jpeg;base64,');
});

describe('what the server says decides', () => {
  test.each<[string, Script, object]>([
    ['550 to RCPT', { rcpt: '550 no such user' }, { refused: expect.stringContaining('550 no such user') }],
    ['451 to RCPT', { rcpt: '451 later' }, { failed: expect.stringContaining('451 later') }],
    ['553 to MAIL', { mail: '553 not you' }, { refused: expect.stringContaining('553') }],
    ['452 to DATA', { data: '452 full' }, { failed: expect.stringContaining('452') }],
    ['554 to the mail itself', { dot: '554 spam' }, { refused: expect.stringContaining('554 spam') }],
    ['421 to the mail itself', { dot: '421 going down' }, { failed: expect.stringContaining('421') }],
    ['554 for a greeting', { greeting: '554 no mail here' }, { refused: expect.stringContaining('554') }],
  ])('%s', async (_, script, outcome) => {
    const { send } = await shop(script);
    expect(await send()).toEqual(outcome);
  });

  test('a refused login is nothing against the mail', async () => {
    const { server } = await shop({ auth: '535 who are you' });
    const mailer = makeMailer(server.url.replace('//', '//user:wrong@'), { from: 'shop@backroom.example', domain: 'backroom.example' });
    closing.push(() => mailer.close());
    expect(await mailer.send(mail, { messageId }, new AbortController().signal)).toEqual({ failed: expect.stringContaining('535') });
  });

  test('who it was is not repeated', async () => {
    const { send } = await shop({ rcpt: '550 <ADA@example.com> unknown' });
    expect(await send()).toEqual({ refused: expect.stringMatching(/^(?!.*ada@example).*<the receiver> unknown/i) });
  });
});

describe('a lost connection', () => {
  test('before the greeting', async () => {
    const { send } = await shop({ greeting: 'cut' });
    expect(await send()).toEqual({ failed: expect.any(String) });
  });

  test('nobody listens', async () => {
    const { server, send } = await shop();
    await server.close();
    closing.shift();
    expect(await send()).toEqual({ failed: expect.stringContaining('ECONNREFUSED') });
  });

  test.each<[string, Script]>([
    ['at RCPT', { rcpt: 'cut' }],
    ['at DATA', { data: 'cut' }],
    ['in the middle of the mail', { body: 'cut' }],
  ])('%s: it did not happen', async (_, script) => {
    const { server, send } = await shop(script);
    expect(await send()).toEqual({ failed: expect.any(String) });
    expect(server.mails).toEqual([]);
  });

  test('between the closing dot and the 250: nobody knows, and nodemailer does not try again by itself', async () => {
    const { server, send } = await shop({ dot: 'cut' }, {});
    expect(await send()).toEqual({ ambiguous: expect.any(String) });
    expect(server.mails).toHaveLength(1);
    expect(server.sockets).toHaveLength(1);

    expect(await send()).toHaveProperty('done');
    expect(new Set((await Promise.all(server.mails.map((raw) => simpleParser(raw)))).map((got) => got.messageId)).size).toBe(1);
  });

  test('while idle: the next mail goes over a new one', async () => {
    const { server, send } = await shop();
    await send();
    server.sockets[0]!.destroy();
    await once(server.sockets[0]!, 'close');
    expect(await send()).toHaveProperty('done');
    expect(server.mails).toHaveLength(2);
  });
});

describe('an aborted attempt', () => {
  test('before the mail: it did not happen, and the connection is closed', async () => {
    const { server, send } = await shop({ rcpt: 'hang' });
    const abort = new AbortController();
    const sending = send(mail.to, abort.signal);
    await vi.waitUntil(() => server.heard.some((line) => line.startsWith('RCPT')));
    abort.abort();
    expect(await sending).toEqual({ failed: expect.any(String) });
    await vi.waitUntil(() => server.sockets[0]!.closed);
  });

  test('while the server thinks about it: nobody knows', async () => {
    const { server, send } = await shop({ dot: 'hang' });
    const abort = new AbortController();
    const sending = send(mail.to, abort.signal);
    await vi.waitUntil(() => server.heard.includes('.'));
    abort.abort();
    expect(await sending).toEqual({ ambiguous: expect.any(String) });
  });

  test('before it began: nothing is sent', async () => {
    const { server, send } = await shop();
    expect(await send(mail.to, AbortSignal.abort())).toEqual({ failed: expect.any(String) });
    expect(server.sockets).toEqual([]);
  });
});

test.each([
  'ada@example.com, eve@example.com',
  'ada@example.com\r\nRCPT TO:<eve@example.com>',
  'Ada <ada@example.com>',
  '"a b"@example.com',
  'ada',
  '',
])('no plain address: %j', async (address) => {
  const { server, send } = await shop();
  expect(await send({ name: 'Ada', address })).toHaveProperty('refused');
  expect(server.sockets).toEqual([]);
});

test('a name is only a name', async () => {
  const { server, send } = await shop();
  await send({ name: '"Eve" <eve@example.com>,\r\nBcc: eve@example.com', address: 'ada@example.com' });
  expect(server.heard.filter((line) => line.startsWith('RCPT'))).toEqual(['RCPT TO:<ADA@EXAMPLE.COM>']);
  const got = await simpleParser(server.mails[0]!);
  expect(
    [got.to]
      .flat()
      .flatMap((to) => to?.value ?? [])
      .map((to) => to.address),
  ).toEqual(['ada@example.com']);
  expect(got.bcc).toBeUndefined();
});

test('after close a mail fails', async () => {
  const { mailer, send } = await shop();
  mailer.close();
  expect(await send()).toEqual({ failed: expect.any(String) });
});
