import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { pathOf, startHost, type TestHost } from '../setup/host.js';
import { startReceiver, type Heard } from '../setup/receiver.js';
import { anOrder, place, reached, rfc3339, type OrderWish, type Placed } from './orders.js';
import { expectInvalid } from './problem.js';

let host: TestHost;
beforeAll(async () => void (host = await startHost({ WEBHOOK_ALLOW_LOOPBACK: 'true' })));
afterAll(() => host?.stop());

type Called = Placed & { readonly webhookSecret: string };

const receiver = async (...given: Parameters<typeof startReceiver>) => {
  const one = await startReceiver(...given);
  onTestFinished(() => one.stop());
  return one;
};
const placeCalling = async (callbackUrl: string, wish?: OrderWish): Promise<Called> =>
  (await place(host, { ...anOrder(wish), callbackUrl })) as Called;
const until = (check: () => void | Promise<void>, timeout = 30_000) => vi.waitFor(check, { timeout, interval: 25 });
const statusesOf = (calls: readonly Heard[]): string[] =>
  calls.toSorted((a, b) => a.data.version - b.data.version).map(({ data }) => data.status);
/** Also says that the signature is right: the public package throws if not. */
const verified = ({ webhookSecret }: Called, { body, headers }: Heard) => new Webhook(webhookSecret).verify(body, headers);

async function timelineOf(placed: Placed): Promise<{ at: string; summary: string; data: Record<string, unknown> }[]> {
  const link = placed.links.status.replace('?', '/timeline?');
  const { items } = (await host.follow(link).expect(200)).body;
  return items.filter(({ kind }: { kind: string }) => kind === 'webhook');
}

describe('Webhooks', () => {
  test('a completed order: one call a status, signed, by the fields of the page', async () => {
    const to = await receiver();
    const placed = await placeCalling(`${to.url}/hooks?key=of-the-client`, { email: 'grace@example.com' });
    expect(placed.webhookSecret).toMatch(/^whsec_[A-Za-z0-9+/]+={0,2}$/);
    await reached(host, placed, 'completed');
    const expected = ['placed', 'paying', 'printing', 'shipping', 'completed'];
    await until(() => expect(statusesOf(to.of(placed))).toEqual(expected));

    const { items } = (await host.follow(placed.links.events).expect(200)).body;
    for (const call of to.heard) {
      expect(verified(placed, call)).toEqual({
        type: `order.${call.data.status}`,
        timestamp: items[call.data.version - 1].at,
        data: { id: placed.id, status: call.data.status, version: call.data.version, links: placed.links },
      });
      expect(JSON.parse(call.body).timestamp).toMatch(rfc3339);
      expect(call.path).toBe('/hooks?key=of-the-client');
      expect(call.id).toMatch(/^[A-Za-z0-9_-]+$/);
      expect(call.headers['content-type']).toBe('application/json');
      expect(call.body).not.toMatch(/grace|Ada|Vienna|Main St/);
      expect((await host.follow(call.data.links.status!).expect(200)).body.id).toBe(placed.id);
    }
    expect(new Set(to.heard.map(({ id }) => id)).size).toBe(expected.length);
    expect(items.map(({ type }: { type: string }) => type)).not.toContain('OrderFailed');
    const order = (await host.follow(placed.links.status).expect(200)).body;
    expect(JSON.stringify([items, order, await timelineOf(placed)])).not.toContain('of-the-client');
  });

  test('an order that fails says so, and one that is cancelled', async () => {
    const to = await receiver();
    const declined = await placeCalling(to.url, { card: '4000000000000002' });
    await until(() => expect(statusesOf(to.of(declined))).toEqual(['placed', 'paying', 'failed']));
    // It would wait for its third try at the bank for a while.
    const cancelled = await placeCalling(to.url, { card: '4000000000000119' });
    await reached(host, cancelled, 'paying');
    await host.http().post(pathOf(cancelled.links.cancel, host.url)).send({}).expect(202);
    await until(() => expect(statusesOf(to.of(cancelled))).toEqual(['placed', 'paying', 'cancelling', 'cancelled']));
  });

  test('what is refused, redirected or dropped is tried again within 5 s, under the same id; each try is in the timeline', async () => {
    const elsewhere = await receiver();
    const to = await receiver((response, { data }, nth) => {
      if (nth > 1) return response.end();
      if (data.status === 'placed') return response.writeHead(500).end();
      if (data.status === 'paying') return response.writeHead(302, { location: elsewhere.url }).end();
      return response.destroy();
    });
    const placed = await placeCalling(to.url, { card: '4000000000000002' });
    await until(() => expect(to.of(placed)).toHaveLength(6));
    for (const id of new Set(to.heard.map((call) => call.id))) {
      const [first, second] = to.heard.filter((call) => call.id === id) as [Heard, Heard];
      expect(second.at - first.at).toBeLessThan(5_000);
      expect(second.body).toBe(first.body);
      verified(placed, first);
      verified(placed, second);
      expect(Number(second.headers['webhook-timestamp'])).toBeGreaterThan(Number(first.headers['webhook-timestamp']));
    }
    expect(elsewhere.heard).toEqual([]);
    await until(async () => {
      const tries = (await timelineOf(placed)).map(({ data }) => [data.type, data.attempt, data.statusCode ?? data.error]);
      expect(tries.toSorted()).toEqual(
        [
          ['order.failed', 1, 'ECONNRESET'],
          ['order.failed', 2, 200],
          ['order.paying', 1, 302],
          ['order.paying', 2, 200],
          ['order.placed', 1, 500],
          ['order.placed', 2, 200],
        ].toSorted(),
      );
    });
  });

  test('410 ends it: the order’s receiver is not called again', async () => {
    const gone = await receiver((response) => response.writeHead(410).end());
    const placed = await placeCalling(gone.url, { card: '4000000000000119' });
    await reached(host, placed, 'paying');
    // Another call may have been on its way when the first answer came.
    await until(async () => {
      const tries = await timelineOf(placed);
      expect(tries).not.toEqual([]);
      expect(tries.every(({ data }) => data.statusCode === 410)).toBe(true);
    });
    const before = gone.of(placed).length;
    await host.http().post(pathOf(placed.links.cancel, host.url)).send({}).expect(202);
    await reached(host, placed, 'cancelled');
    // Who cancels later is called to the end meanwhile.
    const to = await receiver();
    const later = await placeCalling(to.url, { card: '4000000000000119' });
    await reached(host, later, 'paying');
    await host.http().post(pathOf(later.links.cancel, host.url)).send({}).expect(202);
    await until(() => expect(statusesOf(to.of(later))).toEqual(['placed', 'paying', 'cancelling', 'cancelled']));
    expect(gone.of(placed)).toHaveLength(before);
    expect(new Set(gone.of(placed).map(({ id }) => id)).size).toBe(before);
    const { items } = (await host.follow(placed.links.status.replace('?', '/timeline?')).expect(200)).body;
    expect(items.filter(({ kind }: { kind: string }) => kind === 'dead-letter')).toEqual([]);
  });

  test('a receiver that hangs, with 200 orders, holds up no other', async () => {
    const hanging = await receiver(() => {});
    const prompt = await receiver();
    const before = await host.countOf('OrderFailed');
    for (let n = 0; n < 10; n++)
      await Promise.all(Array.from({ length: 20 }, () => placeCalling(hanging.url, { card: '4000000000000002' })));
    await until(async () => expect(await host.countOf('OrderFailed')).toBe(before + 200), 60_000);
    const placed = await placeCalling(prompt.url);
    await reached(host, placed, 'completed');
    const completed = Date.now();
    await until(() => expect(statusesOf(prompt.of(placed))).toEqual(['placed', 'paying', 'printing', 'shipping', 'completed']));
    expect(Date.now() - completed).toBeLessThan(2_000);
    // 600 calls are owed, of which so many have been made as are let through in 15 s.
    expect(hanging.heard.length).toBeGreaterThanOrEqual(4);
    expect(hanging.heard.length).toBeLessThan(100);
  });

  test('the 202 carries a secret with a callbackUrl alone, and again when it is replayed', async () => {
    expect(await place(host)).not.toHaveProperty('webhookSecret');
    const to = await receiver();
    const send = () =>
      host
        .http()
        .post('/orders')
        .set('idempotency-key', key)
        .send({ ...anOrder(), callbackUrl: to.url })
        .expect(202);
    const key = crypto.randomUUID();
    const [first, second] = [await send(), await send()];
    expect(second.headers['idempotency-replayed']).toBe('true');
    expect(second.text).toBe(first.text);
    expect(first.body.webhookSecret).toMatch(/^whsec_/);
    const another = await placeCalling(to.url);
    expect(another.webhookSecret).not.toBe(first.body.webhookSecret);
  });

  test.each([
    'https://10.0.0.1/',
    'https://0xa9fea9fe/',
    'https://[fd00::1]/',
    'http://client.example/',
    'https://ada@client.example/',
    'https:///client.example/',
    'https://client.example\\@127.0.0.1/',
    'https://ip6-localhost/',
    'https://localhost.localdomain/',
    'hooks',
  ])('%s is 422 at /callbackUrl, though loopback is allowed', async (callbackUrl) => {
    const answer = await host
      .http()
      .post('/orders')
      .send({ ...anOrder(), callbackUrl });
    expectInvalid(answer, '/callbackUrl');
  });
});

describe('Webhooks where loopback is not allowed', () => {
  let strict: TestHost;
  beforeAll(async () => void (strict = await startHost()));
  afterAll(() => strict?.stop());

  test.each([
    'https://127.0.0.1/',
    'https://2130706433/',
    'https://[::1]/',
    'https://localhost/',
    'https://a.localhost./',
    'http://127.0.0.1/',
  ])('%s is 422 at /callbackUrl', async (callbackUrl) => {
    const answer = await strict
      .http()
      .post('/orders')
      .send({ ...anOrder(), callbackUrl });
    expectInvalid(answer, '/callbackUrl');
  });

  test('a name is accepted', async () => {
    await place(strict, { ...anOrder(), callbackUrl: 'https://client.invalid/hooks/orders' });
  });
});
