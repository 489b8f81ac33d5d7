import { CompactEncrypt, importJWK, type JWK } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startHost, type TestHost } from '../setup/host.js';
import { anOrder, place, reached } from './orders.js';
import { expectInvalid } from './problem.js';

let host: TestHost;
let key: JWK & { kid: string; alg: string };
beforeAll(async () => {
  host = await startHost();
  key = (await host.http().get('/payment-key').expect(200)).body;
});
afterAll(() => host?.stop());

const card = { number: '4242424242424242', expiry: '12/39', cvc: '123' };
const seconds = (ahead: number): number => Math.floor(Date.now() / 1000) + ahead;
const inside = (change: object = {}) => ({ card, jti: crypto.randomUUID(), exp: seconds(300), ...change });

/** As a client would, by what `GET /payment-key` says alone. */
async function seal(content: unknown, kid = key.kid): Promise<string> {
  const text = new TextEncoder().encode(typeof content === 'string' ? content : JSON.stringify(content));
  return new CompactEncrypt(text).setProtectedHeader({ alg: key.alg, enc: 'A256GCM', kid }).encrypt(await importJWK(key, key.alg));
}

const sealedOrder = (sealed: unknown) => ({ ...anOrder(), payment: { sealed } });

describe('Front door: GET /payment-key', () => {
  test('a public JWK with kid, use and alg', async () => {
    const answer = await host.http().get('/payment-key').expect(200);
    expect(answer.headers['content-type']).toBe('application/jwk+json');
    expect(answer.body).toMatchObject({ kid: expect.stringMatching(/./), use: 'enc', alg: expect.stringMatching(/./) });
    expect(answer.body).not.toHaveProperty('d');
  });
});

describe('Front door: payment.sealed', () => {
  test('a card sealed by the client pays', async () => {
    await reached(host, await place(host, sealedOrder(await seal(inside()))), 'completed');
  });

  test.each([
    ['no JWE', 'garbage'],
    ['five parts of nothing', 'a.b.c.d.e'],
    ['nothing', ''],
    ['a number', 5],
  ])('%s → 422', async (_, sealed) => {
    expectInvalid(await host.http().post('/orders').send(sealedOrder(sealed)), '/payment/sealed');
  });

  test('an unknown kid → 422', async () => {
    expectInvalid(
      await host
        .http()
        .post('/orders')
        .send(sealedOrder(await seal(inside(), 'nobody'))),
      '/payment/sealed',
    );
  });

  test.each<[string, () => unknown]>([
    ['an inside that is no JSON', () => 'no JSON'],
    ['no card inside', () => inside({ card: undefined })],
    ['a wrong card inside', () => inside({ card: { ...card, number: '4242424242424241' } })],
    ['no jti', () => inside({ jti: undefined })],
    ['no exp', () => inside({ exp: undefined })],
    ['neither', () => ({ card })],
    ['one expired', () => inside({ exp: seconds(-60) })],
    ['one good for an hour', () => inside({ exp: seconds(3_600) })],
    ['a field too many inside', () => inside({ amount: 1 })],
  ])('%s → 202, then failed with payment-declined', async (_, content) => {
    const order = await reached(host, await place(host, sealedOrder(await seal(content()))), 'failed');
    expect(order.reason?.code).toBe('payment-declined');
  });

  test('one that was tampered with → 202, then failed with payment-declined', async () => {
    const parts = (await seal(inside())).split('.');
    parts[4] = Buffer.alloc(16).toString('base64url');
    const order = await reached(host, await place(host, sealedOrder(parts.join('.'))), 'failed');
    expect(order.reason?.code).toBe('payment-declined');
  });

  test('used twice → the second order fails with payment-declined', async () => {
    const sealed = await seal(inside());
    await reached(host, await place(host, sealedOrder(sealed)), 'completed');
    const second = await reached(host, await place(host, sealedOrder(sealed)), 'failed');
    expect(second.reason?.code).toBe('payment-declined');
  });
});
