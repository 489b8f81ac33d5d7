import { postgresEventStore, type Database } from '#libs/store';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDatabase } from '../../../test/setup/database.js';
import { readAccount } from './callers.js';
import { changeAccount } from './change-account.js';

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => void ({ db, close } = await openDatabase({ role: 'backroom_api' })));
afterAll(() => close());

/** @returns its stream */
async function account(...events: { type: string; shape?: number }[]): Promise<string> {
  const stream = `account:${crypto.randomUUID()}`;
  const facts = events.map((event) => ({ data: { ordersPerMinute: 60, merchant: 'm_1' }, ...event }));
  await db.transaction((tx) =>
    postgresEventStore.append(tx, [{ stream, expected: 0, events: facts, meta: { lane: 'standard' }, at: new Date().toISOString() }]),
  );
  return stream;
}
const typesOf = async (stream: string) => (await postgresEventStore.load(db, [{ stream, after: 0 }])).get(stream)!.map(({ type }) => type);

it('stops the key also of an account that a later build has written to, once', async () => {
  const stream = await account({ type: 'AccountOpened' }, { type: 'MerchantOpened' }, { type: 'Tomorrow' });
  await changeAccount(db, stream, { do: 'close' });
  await changeAccount(db, stream, { do: 'close' });
  expect(await typesOf(stream)).toEqual(['AccountOpened', 'MerchantOpened', 'Tomorrow', 'AccountClosed']);
  expect((await readAccount(db, stream)).status).toBe('closed');
});

it('of one that only a later build can read is asked for again, and not denied', async () => {
  const stream = await account({ type: 'AccountOpened', shape: 99 });
  await expect(changeAccount(db, stream, { do: 'close' })).rejects.toMatchObject({ slug: 'unavailable' });
  expect(await typesOf(stream)).toEqual(['AccountOpened']);
});
