import { postgresEventStore, type Database } from '#libs/store';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { openDatabase } from '../../test/setup/database.js';
import type { Mailer } from './emails/send.js';
import { sendAccountMail } from './send-account-mail.js';

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => void ({ db, close } = await openDatabase()));
afterAll(() => close());

/** What comes of an account's welcome, and how often one was sent. */
async function welcome(types: readonly string[], known = true) {
  const stream = `account:${crypto.randomUUID()}`;
  const data = { ordersPerMinute: 60, merchant: 'm_1' };
  const events = types.map((type) => ({ type, data }));
  await db.transaction((tx) =>
    postgresEventStore.append(tx, [{ stream, expected: 0, events, meta: { lane: 'standard' }, at: new Date().toISOString() }]),
  );
  if (known)
    await db.run(
      't-whose',
      `INSERT INTO personal (stream, kind, data) VALUES ($1, 'account', '{"name":"Studio","email":"s@example.com"}')`,
      [stream],
    );
  const send = vi.fn<Mailer['send']>(async () => ({ done: { response: '250' } }));
  const effect = sendAccountMail({ send, close: () => {} }, db, 'https://shop.example/docs');
  const outcome = await effect.perform({ stream, mail: 'welcome' }, 'key', new AbortController().signal, 1);
  return { outcome, send, stream, effect };
}

it('is sent to whose the account is, under a name of its own', async () => {
  const { outcome, send, stream, effect } = await welcome(['AccountOpened', 'MerchantOpened']);
  expect(outcome).toEqual({ done: { response: '250' } });
  const [mail, { messageId }] = send.mock.calls[0]!;
  expect([mail.to, messageId]).toEqual([{ name: 'Studio', address: 's@example.com' }, `account-welcome.${stream.slice(8)}`]);
  expect(effect.settle({ stream, mail: 'welcome' }, { done: { response: '250' }, attempt: 1, givenUp: false })).toEqual({
    command: { do: 'mailed', mail: 'welcome' },
  });
});

it('is not sent any more once the account is closed, which is no failure', async () => {
  const { outcome, send, stream, effect } = await welcome(['AccountOpened', 'MerchantOpened', 'AccountClosed']);
  expect(outcome).toEqual({ done: 'unwanted' });
  expect(send).not.toHaveBeenCalled();
  expect(effect.settle({ stream, mail: 'welcome' }, { done: 'unwanted', attempt: 1, givenUp: false })).toEqual({});
});

it('that nobody takes is a fact, and an operator’s to see to', async () => {
  const { outcome, stream, effect } = await welcome(['AccountOpened', 'MerchantOpened'], false);
  expect(outcome).toEqual({ refused: 'The address has been erased.' });
  expect(effect.settle({ stream, mail: 'welcome' }, { refused: '550', attempt: 1, givenUp: false })).toEqual({
    command: { do: 'mail-failed', mail: 'welcome', detail: '550' },
    dead: true,
  });
  expect(effect.settle({ stream, mail: 'welcome' }, { failed: '451', attempt: 1, givenUp: false })).toEqual({});
});
