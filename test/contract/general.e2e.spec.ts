import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { operatorToken, pathOf, startHost, type TestHost } from '../setup/host.js';
import { anOrder, place } from './orders.js';
import { expectProblem } from './problem.js';

let host: TestHost;
beforeAll(async () => void (host = await startHost()));
afterAll(() => host?.stop());

const post = (body: string, type = 'application/json') => host.http().post('/orders').set('content-type', type).send(body);

describe('General', () => {
  test('HEAD where GET is', async () => {
    const head = await host.http().head('/products').expect(200);
    const get = await host.http().get('/products').expect(200);
    expect(head.text).toBeFalsy();
    expect(head.headers['content-length']).toBe(get.headers['content-length']);
  });

  test('OPTIONS → 204 with Allow', async () => {
    const products = await host.http().options('/products').expect(204);
    expect(products.headers.allow!.split(', ')).toEqual(expect.arrayContaining(['GET', 'HEAD', 'OPTIONS']));
    const orders = await host.http().options('/orders').expect(204);
    expect(orders.headers.allow!.split(', ')).toContain('POST');
  });

  test.each(['mine', 'A-z_0.9', 'x'.repeat(64)])('X-Request-Id %s is the caller’s', async (id) => {
    expect((await host.http().get('/products').set('x-request-id', id)).headers['x-request-id']).toBe(id);
  });

  test.each(['', 'x'.repeat(65), 'a b', 'a/b', '<b>'])('X-Request-Id %j is replaced', async (id) => {
    const { headers } = await host.http().get('/products').set('x-request-id', id);
    expect(headers['x-request-id']).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });

  test('every answer has X-Request-Id and nosniff; CORS is off', async () => {
    const origin = { origin: 'https://elsewhere.example' };
    for (const path of ['/products', '/nothing', '/health']) {
      const { headers } = await host.http().get(path).set(origin);
      expect(headers).toMatchObject({ 'x-request-id': expect.stringMatching(/./), 'x-content-type-options': 'nosniff' });
      expect(headers).not.toHaveProperty('access-control-allow-origin');
    }
  });
});

describe('General: Errors', () => {
  test.each(['/nothing', '/orders/1/nothing', '/orders/mine?token=x', '/orders/mine/events?token=x', '/orders/mine/stream?token=x'])(
    'GET %s → 404',
    async (path) => {
      expectProblem(await host.http().get(path), 404, 'not-found');
    },
  );

  test.each(['/products/%00/related', '/jobs/%00', '/orders/%00'])('U+0000 names nothing: GET %s → 404', async (path) => {
    expectProblem(await host.operator(path), 404, 'not-found');
  });

  test('another method → 405 with Allow', async () => {
    const answer = await host.http().delete('/products');
    expectProblem(answer, 405, 'method-not-allowed');
    expect(answer.headers.allow).toBe('GET, HEAD, OPTIONS');
  });

  test('instance names the request: a UUID as urn:uuid, else as urn:request', async () => {
    const uuid = crypto.randomUUID();
    expect((await host.http().get('/nothing').set('x-request-id', uuid)).body.instance).toBe(`urn:uuid:${uuid}`);
    expect((await host.http().get('/nothing').set('x-request-id', 'mine')).body.instance).toBe('urn:request:mine');
  });

  test.each([
    ['no JSON', '{"customer":'],
    ['nothing at all', ''],
    ['__proto__ as a key', '{"__proto__": {"a": 1}}'],
    ['__proto__ spelled by an escape', '{"\\u005f_proto__": 1}'],
    ['constructor as a key within', '{"customer": {"constructor": 1}}'],
  ])('%s → 400', async (_, body) => {
    expectProblem(await post(body), 400, 'malformed');
  });

  test('no UTF-8 → 400', async () => {
    const body = Buffer.from([0x22, 0xff, 0x22]);
    const answer = await fetch(`${host.url}/orders`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ type: `${host.url}/problems/malformed`, status: 400 });
  });

  test('more than 1 MiB → 413', async () => {
    expectProblem(await post(`"${'a'.repeat(1024 * 1024)}"`), 413, 'too-large');
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/xml'])('a body of %s → 415', async (type) => {
    expectProblem(await post(JSON.stringify(anOrder()), type), 415, 'unsupported-media-type');
  });

  test('an unknown Content-Encoding → 415', async () => {
    expectProblem(await post(JSON.stringify(anOrder())).set('content-encoding', 'compress'), 415, 'unsupported-media-type');
  });

  test('JSON with a charset is JSON', async () => {
    await post(JSON.stringify(anOrder()), 'application/json; charset=utf-8').expect(202);
  });

  test('a sentence can be read at each type', async () => {
    const { body } = await host.http().get('/nothing');
    const page = await host.follow(body.type).expect(200);
    expect(page.text.length).toBeGreaterThan(20);
  });
});

describe('General: Access', () => {
  const unknown = '01900000-0000-7000-8000-000000000000';
  const parts = ['', '/events', '/stream'];

  test.each(parts)('GET /orders/{id}%s: no credential → 401 whether or not it exists, a wrong one → 404', async (part) => {
    const [mine, others] = [await place(host), await place(host)];
    for (const id of [mine.id, unknown]) {
      const answer = await host.http().get(`/orders/${id}${part}`);
      expectProblem(answer, 401, 'unauthorized');
      expect(answer.headers['www-authenticate']).toBe('Bearer');
    }
    for (const token of ['wrong', others.token, '%00'])
      expectProblem(await host.http().get(`/orders/${mine.id}${part}?token=${token}`), 404, 'not-found');
    expectProblem(await host.operator(`/orders/${unknown}${part}`), 404, 'not-found');
  });

  test('the token in the link, as a bearer, and the operator’s token open it', async () => {
    const { id, token, links } = await place(host);
    const opened = await host.follow(links.status).expect(200);
    expect(opened.headers['referrer-policy']).toBe('no-referrer');
    await host.http().get(`/orders/${id}`).set('authorization', `Bearer ${token}`).expect(200);
    await host.operator(`/orders/${id}`).expect(200);
    await host.http().get(`/orders/${id.toUpperCase()}?token=${token}`).expect(200);
  });

  test('cancellation asks for the same', async () => {
    const [mine, others] = [await place(host), await place(host)];
    const at = (id: string) => host.http().post(`/orders/${id}/cancellation`);
    expectProblem(await at(mine.id).send({}), 401, 'unauthorized');
    expectProblem(await at(unknown).send({}), 401, 'unauthorized');
    expectProblem(await at(mine.id).query({ token: others.token }).send({}), 404, 'not-found');
    expectProblem(await at(unknown).set('authorization', `Bearer ${operatorToken}`).send({}), 404, 'not-found');
    expect(pathOf(mine.links.cancel, host.url)).toBe(`/orders/${mine.id}/cancellation?token=${mine.token}`);
  });

  test.each(['/inbox', `/gateway/ledger?orderId=${unknown}`])('GET %s is the operator’s', async (path) => {
    expectProblem(await host.http().get(path), 401, 'unauthorized');
    const { token } = await place(host);
    expect((await host.http().get(path).set('authorization', `Bearer ${token}`)).status).toBeOneOf([401, 404]);
    await host.operator(path).expect(200);
  });
});

describe('Every process', () => {
  test.each(['/health/live', '/health/ready', '/health'])('GET %s → 200 in terminus’ words', async (path) => {
    const { body } = await host.http().get(path).expect(200);
    expect(body).toMatchObject({ status: 'ok', info: {}, error: {}, details: {} });
  });

  test('GET /health has an entry a dependency, with what one would ask about it', async () => {
    await vi.waitFor(async () => {
      const { body } = await host.http().get('/health').expect(200);
      const number = expect.any(Number);
      const lag = { messages: number, oldestSeconds: number };
      expect(body.details).toMatchObject({
        database: { status: 'up' },
        broker: { status: 'up' },
        outbox: { status: 'up', count: number, oldestSeconds: number },
        lag: { groups: { fulfilment: lag, payments: lag, thumbnails: lag, notifications: lag, status: lag } },
        leader: { relay: expect.stringMatching(/./) },
        stalled: { overdueStreams: 0, overdueEffects: 0, deadLetters: number, parked: 0 },
      });
    });
  });
});
