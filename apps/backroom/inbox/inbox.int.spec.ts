import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { compose } from '../../notifications/emails/compose.js';
import { sample } from '../../notifications/emails/sample.js';
import { makeMailer } from '../../notifications/emails/send.js';
import { startInbox, type Inbox, type InboxOptions } from './inbox.js';

let dir: string;
const closing: (() => unknown)[] = [];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'inbox-'));
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  await rm(dir, { recursive: true });
});

async function open(options: Partial<InboxOptions> = {}): Promise<Inbox> {
  const inbox = await startInbox({ dir, ...options });
  closing.push(() => inbox.close());
  return inbox;
}

function sender(inbox: Inbox) {
  const mailer = makeMailer(inbox.smtpUrl, { from: 'Backroom <shop@backroom.example>', domain: 'backroom.example' });
  closing.push(() => mailer.close());
  const mail = compose('order-shipped', {
    ...sample,
    lines: sample.lines.map((line) => ({ ...line, photo: { thumb: Buffer.from('a picture'), contentType: 'image/jpeg' } })),
  });
  return (address: string, more: Partial<typeof mail> = {}) =>
    mailer.send(
      { ...mail, to: { name: 'Ada', address }, ...more },
      { messageId: `order-shipped.${address.split('@')[0]}` },
      AbortSignal.timeout(20_000),
    );
}

const subjects = async (inbox: Inbox) => (await inbox.list({ limit: 200 })).items.map(({ subject }) => subject);

test('a mail is listed, opened with its pictures in it, and kept as it came', async () => {
  const inbox = await open();
  const before = Date.now();
  expect(await sender(inbox)('ada@example.com')).toEqual({ done: { response: expect.stringMatching(/^250 .*kept as/) } });

  const { items, next } = await inbox.list({ limit: 50 });
  expect(next).toBeNull();
  expect(items).toEqual([
    {
      id: expect.any(String),
      to: ['ada@example.com'],
      from: '"Backroom" <shop@backroom.example>',
      subject: 'Your order is on its way (8c2f10ab)',
      at: expect.any(String),
      messageId: 'order-shipped.ada@backroom.example',
      text: expect.stringContaining('Tracking number: BR-4711'),
      html: true,
    },
  ]);
  const [{ id, at }] = items as [(typeof items)[0]];
  expect(Date.parse(at)).toBeGreaterThanOrEqual(before);
  expect(Date.parse(at)).toBeLessThanOrEqual(Date.now());
  expect((await inbox.get(id))?.body).toContain(`src="data:image/jpeg;base64,${Buffer.from('a picture').toString('base64')}"`);
  expect((await inbox.raw(id))?.toString()).toMatch(/^Return-Path: <shop@backroom\.example>\r\nDelivered-To: ada@example\.com\r\n/);
});

test('what was acknowledged is there after a restart, in the same order', async () => {
  const first = await open();
  const send = sender(first);
  for (const subject of ['one', 'two', 'three']) await send('ada@example.com', { subject });
  await first.close();

  const second = await open();
  expect(await subjects(second)).toEqual(['three', 'two', 'one']);
  expect((await second.list({ limit: 1, to: 'ADA@example.com' })).items).toHaveLength(1);
  await sender(second)('ada@example.com', { subject: 'four' });
  expect(await subjects(second)).toEqual(['four', 'three', 'two', 'one']);
});

test('pages neither repeat nor skip while mails come', async () => {
  const inbox = await open();
  const send = sender(inbox);
  for (const subject of ['1', '2', '3']) await send('ada@example.com', { subject });
  const first = await inbox.list({ limit: 2 });
  await send('ada@example.com', { subject: '4' });
  const second = await inbox.list({ limit: 2, after: first.next! });
  expect([...first.items, ...second.items].map(({ subject }) => subject)).toEqual(['3', '2', '1']);
  expect(second.next).toBeNull();
});

test('only the mails of one address, where asked', async () => {
  const inbox = await open();
  const send = sender(inbox);
  for (const name of ['ada', 'eve', 'ada']) await send(`${name}@example.com`);
  expect((await inbox.list({ limit: 50, to: 'ada@example.com' })).items).toHaveLength(2);
  expect((await inbox.list({ limit: 50, to: 'da@example.com' })).items).toEqual([]);
});

test('the oldest make room, on the disk and in the list', async () => {
  const inbox = await open({ keep: 2 });
  const send = sender(inbox);
  await send('ada@example.com', { subject: '1' });
  const oldest = (await inbox.list({ limit: 1 })).items[0]!.id;
  for (const subject of ['2', '3']) await send('ada@example.com', { subject });
  expect(await subjects(inbox)).toEqual(['3', '2']);
  expect(await inbox.get(oldest)).toBeUndefined();
  expect(await inbox.raw(oldest)).toBeUndefined();
  expect((await readdir(dir)).filter((name) => name.endsWith('.eml'))).toHaveLength(2);

  await inbox.close();
  expect(await subjects(await open({ keep: 1 }))).toEqual(['3']);
});

describe('addresses with bad days', () => {
  test('bounce-550 is refused for good', async () => {
    const inbox = await open();
    expect(await sender(inbox)('bounce-550.ada@example.com')).toEqual({ refused: expect.stringContaining('550') });
    expect(await subjects(inbox)).toEqual([]);
  });

  test('busy-451 only the first time, each address for itself', async () => {
    const inbox = await open();
    const send = sender(inbox);
    expect(await send('busy-451.ada@example.com')).toEqual({ failed: expect.stringContaining('451') });
    expect(await send('busy-451.eve@example.com')).toEqual({ failed: expect.stringContaining('451') });
    expect(await send('busy-451.ada@example.com')).toHaveProperty('done');
    expect(await subjects(inbox)).toHaveLength(1);
  });
});

test('more than 25 MiB is refused and leaves nothing behind', async () => {
  const inbox = await open();
  const big = { cid: 'x', filename: 'x', contentType: 'image/png', content: Buffer.alloc(20 * 1024 * 1024) };
  expect(await sender(inbox)('ada@example.com', { attachments: [big] })).toEqual({ refused: expect.stringContaining('552') });
  expect(await readdir(dir)).toEqual([]);
});

test('a mail cut off on its way is no mail, and leaves nothing behind', async () => {
  const inbox = await open();
  const socket = createConnection({ host: '127.0.0.1', port: Number(new URL(inbox.smtpUrl).port) });
  let said = '';
  socket.on('data', (chunk) => (said += chunk.toString()));
  for (const [command, reply] of [
    ['', '220'],
    ['EHLO x\r\n', '250 '],
    ['MAIL FROM:<a@example.com>\r\n', '250 '],
    ['RCPT TO:<ada@example.com>\r\n', '250 '],
    ['DATA\r\n', '354'],
  ] as const) {
    said = '';
    socket.write(command);
    await vi.waitUntil(() => said.includes(reply));
  }
  socket.write('Subject: half\r\n\r\n');
  await vi.waitUntil(async () => (await readdir(dir)).length === 1);
  socket.destroy();
  await once(socket, 'close');
  await vi.waitUntil(async () => (await readdir(dir)).length === 0, { timeout: 5_000 });
  expect(await subjects(inbox)).toEqual([]);
});

test('a port that is taken is told at the start', async () => {
  const { smtpUrl } = await open();
  await expect(startInbox({ dir, port: Number(new URL(smtpUrl).port) })).rejects.toThrow('EADDRINUSE');
});

test('many at once are all kept', async () => {
  const inbox = await open();
  const send = sender(inbox);
  const outcomes = await Promise.all(Array.from({ length: 40 }, (_, n) => send(`ada-${n}@example.com`)));
  expect(outcomes.every((outcome) => 'done' in outcome)).toBe(true);
  const { items } = await inbox.list({ limit: 200 });
  expect(new Set(items.flatMap(({ to }) => to)).size).toBe(40);
  expect(items.map(({ id }) => id)).toEqual(
    items
      .map(({ id }) => id)
      .toSorted()
      .reverse(),
  );
});
