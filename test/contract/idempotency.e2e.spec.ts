import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startHost, type TestHost } from '../setup/host.js';
import { anOrder } from './orders.js';
import { expectProblem } from './problem.js';

let host: TestHost;
beforeAll(async () => void (host = await startHost()));
afterAll(() => host?.stop());

const send = (key: string, body: object = anOrder()) => host.http().post('/orders').set('idempotency-key', key).send(body);

describe('Front door: Idempotency-Key', () => {
  test('the same key and body again → the same answer byte for byte, said to be a replay', async () => {
    const first = await send('once').expect(202);
    const again = await send('once').expect(202);
    expect(again.text).toBe(first.text);
    expect(again.headers.location).toBe(first.headers.location);
    expect(first.headers['idempotency-replayed']).toBeUndefined();
    expect(again.headers['idempotency-replayed']).toBe('true');
  });

  test('without a key, the same body twice is two orders', async () => {
    const one = await host.http().post('/orders').send(anOrder()).expect(202);
    const other = await host.http().post('/orders').send(anOrder()).expect(202);
    expect(other.body.id).not.toBe(one.body.id);
  });

  test('another body → 422, and the first answer is kept', async () => {
    const first = await send('other body').expect(202);
    expectProblem(await send('other body', anOrder({ quantity: 3 })), 422, 'idempotency-key-reused');
    expect((await send('other body').expect(202)).text).toBe(first.text);
  });

  test('bodies are compared by their bytes', async () => {
    await send('bytes').expect(202);
    const spaced = host.http().post('/orders').set('idempotency-key', 'bytes').set('content-type', 'application/json');
    expectProblem(await spaced.send(JSON.stringify(anOrder(), null, 1)), 422, 'idempotency-key-reused');
  });

  test('50 times at once → one order', async () => {
    const before = await host.countOf('OrderPlaced');
    const answers = await Promise.all(Array.from({ length: 50 }, () => send('fifty')));
    const placed = answers.filter(({ status }) => status === 202);
    expect(answers.filter(({ status }) => status !== 202 && status !== 409)).toEqual([]);
    expect(placed.filter(({ headers }) => headers['idempotency-replayed'] === undefined)).toHaveLength(1);
    expect(new Set(placed.map(({ text }) => text)).size).toBe(1);
    for (const { headers } of answers.filter(({ status }) => status === 409)) expect(headers['retry-after']).toMatch(/^\d+$/);
    expect(await host.countOf('OrderPlaced')).toBe(before + 1);
  });

  test('50 bodies at once under one key → one order, the others 422', async () => {
    const before = await host.countOf('OrderPlaced');
    const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => send('fifty bodies', anOrder({ quantity: n + 1 }))));
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
    expect(answers.filter(({ status }) => status !== 202 && status !== 422 && status !== 409)).toEqual([]);
    expect(await host.countOf('OrderPlaced')).toBe(before + 1);
  });

  test('only 2xx are kept: a key refused with a wrong body is free for a right one', async () => {
    expectProblem(await send('refused', anOrder({ quantity: 0 })), 422, 'invalid');
    await send('refused').expect(202);
  });

  test('scope is the credential, if one is sent', async () => {
    const one = await send('scoped').set('authorization', 'Bearer one').expect(202);
    const other = await send('scoped').set('authorization', 'Bearer other').expect(202);
    expect(other.body.id).not.toBe(one.body.id);
    expect(other.headers['idempotency-replayed']).toBeUndefined();
  });

  test('a key is taken as it stands: quotes and case matter', async () => {
    const ids = await Promise.all(['k', 'K', '"k"'].map(async (key) => (await send(key).expect(202)).body.id));
    expect(new Set(ids).size).toBe(3);
    await send('k'.repeat(255)).expect(202);
  });

  test.each([
    ['256 characters', 'k'.repeat(256)],
    ['none', ''],
    ['a tab within', 'a\tb'],
    ['a character beyond ASCII', 'caf\u00e9'],
  ])('a key of %s → 400', async (_, key) => {
    expectProblem(await send(key), 400, 'malformed');
  });
});
