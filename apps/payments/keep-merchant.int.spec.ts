import { postgresEventStore } from '#libs/store';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startShop } from '../../test/setup/shop.js';

let shop: Awaited<ReturnType<typeof startShop>>;
beforeAll(async () => void (shop = await startShop()));
afterAll(() => shop?.stop());

const soon = { timeout: 30_000, interval: 50 };
const append = (stream: string, expected: number, ...types: string[]) =>
  shop.db.transaction((tx) =>
    postgresEventStore.append(tx, [
      {
        stream,
        expected,
        events: types.map((type) => ({ type, data: type === 'AccountOpened' ? { ordersPerMinute: 60 } : {} })),
        meta: { lane: 'standard' },
        at: new Date().toISOString(),
      },
    ]),
  );

/** As the door opens it, and what follows at once. @returns its stream */
async function account(...more: string[]): Promise<string> {
  const stream = `account:${crypto.randomUUID()}`;
  await shop.db.run('t-whose', `INSERT INTO personal (stream, kind, data) VALUES ($1, 'account', '{"name":"Studio"}')`, [stream]);
  await append(stream, 0, 'AccountOpened', ...more);
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

test.each([
  ['closed', ['AccountClosed']],
  ['closed and erased', ['AccountClosed', 'AccountErased']],
])('a merchant that was being opened while the account was %s is closed after it', async (_, ends) => {
  await fault('merchant', { delayMs: 1_000 });
  const stream = await account();
  await vi.waitFor(async () => expect(await booked(stream)).toEqual(['merchant ok']), soon);
  await append(stream, 1, ...ends);
  await vi.waitFor(async () => expect(await types(stream)).toEqual(['AccountOpened', ...ends, 'MerchantOpened', 'MerchantClosed']), soon);
  expect(await booked(stream)).toEqual(['merchant ok', 'merchant-closure ok']);
});

test.each([
  ['none is opened', 0, []],
  ['it is opened and closed where an earlier attempt may be on its way', 1, ['merchant ok', 'merchant-closure ok']],
])('of an account that was closed before its merchant’s turn came, %s', async (_, attempts, heard) => {
  const stream = await account('AccountClosed');
  await shop.db.run(
    't-asked',
    `INSERT INTO effects (key, kind, stream, lane, input, attempts)
     VALUES ($1 || ':open-merchant', 'open-merchant', $1, 'standard', json_build_object('stream', $1::text), $2)`,
    [stream, attempts],
  );
  const left = () => shop.db.run('t-left', `SELECT key FROM effects WHERE stream = $1 AND state = 'open'`, [stream]);
  await vi.waitFor(async () => expect(await left()).toEqual([]), soon);
  await vi.waitFor(async () => expect(await booked(stream)).toEqual(heard), soon);
});
