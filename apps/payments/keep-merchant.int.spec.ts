import { postgresEventStore } from '#libs/store';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startShop } from '../../test/setup/shop.js';

let shop: Awaited<ReturnType<typeof startShop>>;
beforeAll(async () => void (shop = await startShop()));
afterAll(() => shop?.stop());

const soon = { timeout: 30_000, interval: 50 };
const append = (stream: string, expected: number, type: string, data: object = {}) =>
  shop.db.transaction((tx) =>
    postgresEventStore.append(tx, [
      { stream, expected, events: [{ type, data }], meta: { lane: 'standard' }, at: new Date().toISOString() },
    ]),
  );

/** As the door opens it. @returns its stream */
async function account(): Promise<string> {
  const stream = `account:${crypto.randomUUID()}`;
  await shop.db.run('t-whose', `INSERT INTO personal (stream, kind, data) VALUES ($1, 'account', '{"name":"Studio"}')`, [stream]);
  await append(stream, 0, 'AccountOpened', { ordersPerMinute: 60 });
  return stream;
}
const fault = (operation: string, effect: object) =>
  fetch(`${shop.world.url}/faults/gateway`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ operation, ...effect }),
  }).then(({ status }) => expect(status).toBe(200));
const types = async (stream: string) => (await shop.history(stream)).map(({ type }) => type);
const booked = async (stream: string) => (await shop.ledger('gateway', stream)).map(({ operation, outcome }) => `${operation} ${outcome}`);

test('the answer that the bank loses opens no second merchant, and closes none twice', async () => {
  await fault('merchant', { loseAnswers: 2 });
  await fault('merchant-closure', { loseAnswers: 2 });
  const stream = await account();
  await vi.waitFor(async () => expect(await types(stream)).toEqual(['AccountOpened', 'MerchantOpened']), soon);
  await append(stream, 2, 'AccountClosed');
  await vi.waitFor(async () => expect((await types(stream)).at(-1)).toBe('MerchantClosed'), soon);
  expect(await booked(stream)).toEqual(['merchant ok', 'merchant-closure ok']);
});

test('a bank that is away for a moment is asked again', async () => {
  await fault('merchant', { failNext: 1 });
  const stream = await account();
  await vi.waitFor(async () => expect(await types(stream)).toContain('MerchantOpened'), soon);
  expect(await booked(stream)).toEqual(['merchant error', 'merchant ok']);
});

test('a merchant that was being opened while the account was closed is closed after it', async () => {
  await fault('merchant', { delayMs: 1_000 });
  const stream = await account();
  await vi.waitFor(async () => expect(await booked(stream)).toEqual(['merchant ok']), soon);
  await append(stream, 1, 'AccountClosed');
  await vi.waitFor(
    async () => expect(await types(stream)).toEqual(['AccountOpened', 'AccountClosed', 'MerchantOpened', 'MerchantClosed']),
    soon,
  );
  expect(await booked(stream)).toEqual(['merchant ok', 'merchant-closure ok']);
});
