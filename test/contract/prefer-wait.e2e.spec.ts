import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startHost, type TestHost } from '../setup/host.js';
import { anOrder, ledgerOf, place, reached, type Placed } from './orders.js';
import { expectProblem } from './problem.js';

let host: TestHost;
let slow: TestHost;
beforeAll(async () => {
  [host, slow] = await Promise.all([startHost(), startHost({ PRINTER_DELAY_MS: '3000' })]);
});
afterAll(() => Promise.all([host?.stop(), slow?.stop()]));

const send = (to: TestHost, prefer: string, body: object = anOrder()) => to.http().post('/orders').set('prefer', prefer).send(body);

describe('Front door: Prefer: wait', () => {
  test('in time → 200 with the order as the status service shows it, and its tag', async () => {
    const answer = await send(host, 'wait=20').expect(200);
    expect(answer.body).toMatchObject({ status: 'completed', progress: 100, customer: { name: 'Ada' } });
    expect(answer.headers).toMatchObject({
      'preference-applied': 'wait=20',
      location: answer.body.links.status,
      etag: `"${answer.body.version}"`,
      'cache-control': 'private, no-cache',
      'referrer-policy': 'no-referrer',
    });
    expect(answer.headers).not.toHaveProperty('retry-after');
    // A mail may have been sent since.
    const { body } = await host.follow(answer.headers.location!).expect(200);
    expect({ ...body, version: 0, updatedAt: '', notifications: [] }).toEqual({
      ...answer.body,
      version: 0,
      updatedAt: '',
      notifications: [],
    });
  });

  test('of an order that fails, too', async () => {
    const { body } = await send(host, 'wait=20', anOrder({ card: '4000000000000002' })).expect(200);
    expect(body).toMatchObject({ status: 'failed', reason: { code: 'payment-declined' } });
  });

  test('not in time → 202 as ever, and the order goes on', async () => {
    const answer = await send(slow, 'wait=1').expect(202);
    expect(answer.body.status).toBe('placed');
    expect(answer.headers['retry-after']).toBe('1');
    expect(answer.headers).not.toHaveProperty('preference-applied');
    await reached(slow, answer.body as Placed, 'completed');
  });

  test('over 30 counts as 30; malformed is ignored', async () => {
    expect((await send(host, 'wait=3600').expect(200)).headers['preference-applied']).toBe('wait=30');
    for (const prefer of ['wait=soon', 'wait=-1', 'wait', 'respond-async']) await send(host, prefer).expect(202);
    expectProblem(await send(host, 'wait=20', {}), 422, 'invalid');
  });

  test('a replay waits anew, whether or not its first request did', async () => {
    const key = (prefer: string) => send(slow, prefer).set('idempotency-key', 'wait');
    const first = await key('respond-async').expect(202);
    const again = await key('wait=25').expect(200);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(again.body).toMatchObject({ id: first.body.id, status: 'completed' });
    // What is kept is the 202.
    const last = await key('respond-async').expect(202);
    expect(last.text).toBe(first.text);
    expect(await ledgerOf(slow, first.body as Placed)).toEqual(['authorise ok', 'capture ok']);
  });

  test('whoever hangs up is waited for no more, and its order is complete all the same', async () => {
    const hangUp = new AbortController();
    const body = JSON.stringify(anOrder({ email: 'hangs.up@example.com' }));
    const headers = { 'content-type': 'application/json', prefer: 'wait=25' };
    const sent = fetch(`${slow.url}/orders`, { method: 'POST', headers, body, signal: hangUp.signal });
    await expect.poll(async () => (await slow.operator('/orders?email=hangs.up@example.com')).body.items).toHaveLength(1);
    hangUp.abort();
    await expect(sent).rejects.toThrow();
    const [order] = (await slow.operator('/orders?email=hangs.up@example.com')).body.items;
    await reached(slow, order as Placed, 'completed');
  });

  test('many at once are each told of their own', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => send(host, 'wait=25', anOrder({ quantity: n + 1 })).expect(200)),
    );
    expect(answers.map(({ body }) => body.lines[0].quantity)).toEqual(answers.map((_, n) => n + 1));
    expect((await place(host)).status).toBe('placed');
  });
});
