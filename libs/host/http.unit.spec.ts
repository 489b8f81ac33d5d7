import { once } from 'node:events';
import { connect } from 'node:net';
import { Body, Controller, Get, Header, HttpCode, HttpException, Module, Param, Post, Req, Res } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { problem, problems } from './problem.js';
import { ProblemsController } from './problems-controller.js';
import { start, type Running } from './start.js';
import { line } from './text.js';
import { idFrom, parseBody } from './validate.js';

const order = z.strictObject({ sku: line(), quantity: z.int() });
let thrown: unknown;

@Controller('orders')
class OrdersController {
  @Post()
  @HttpCode(202)
  place(@Body() body: unknown) {
    return parseBody(order, body);
  }

  @Post('echo')
  @HttpCode(200)
  echo(@Req() { rawBody }: FastifyRequest) {
    return rawBody!.toString('base64');
  }

  @Get('caller')
  caller(@Req() { ip }: FastifyRequest) {
    return { ip };
  }

  @Get('failing')
  @Header('etag', '"1"')
  @Header('cache-control', 'public, max-age=60')
  @Header('content-type', 'text/html')
  failing() {
    throw thrown;
  }

  @Get('half')
  half(@Res() reply: FastifyReply) {
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream' });
    reply.raw.write('data: 1\n\n', () => reply.raw.flushHeaders());
    throw new Error('in the middle');
  }

  @Get(':id')
  get(@Param('id') id: string) {
    return { id: idFrom(id) };
  }
}

@Module({ controllers: [OrdersController, ProblemsController] })
class TestModule {}

/** Knows its callers: a key is how many requests a minute it is good for. */
@Module({ controllers: [OrdersController] })
class KnowingModule {
  constructor(private readonly adapter: HttpAdapterHost) {}

  onModuleInit(): void {
    this.adapter.httpAdapter.getInstance<FastifyInstance>().callerOf = ({ headers: { 'x-key': key } }) =>
      key === undefined ? undefined : Promise.resolve(key === 'none' ? 'unknown' : { id: String(key), perMinute: Number(key) });
  }
}

let shop: Running;
const logged: string[] = [];
const statusUrl = 'https://status.example';

beforeAll(async () => {
  shop = await start([{ name: 'api', port: 0, module: async () => TestModule }], {
    env: { PORT: '0', STATUS_URL: statusUrl, NODE_ENV: 'production', TRUST_PROXY: '1' },
    logTo: { write: (text) => void logged.push(text) },
  });
});
afterAll(() => shop.stop());
const http = () => request(shop.url);
const post = (body: string | Buffer, type = 'application/json') => {
  // superagent would serialise a buffer; `write` sends it as it is.
  const asked = http().post('/orders').set('content-type', type);
  asked.write(body as string);
  return asked;
};

const expectProblem = (answer: request.Response, slug: keyof typeof problems) => {
  const [status, title] = problems[slug];
  expect(answer.headers).toMatchObject({
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-request-id': expect.stringMatching(/^[A-Za-z0-9._-]{1,64}$/),
  });
  expect([answer.status, answer.body]).toEqual([
    status,
    expect.objectContaining({ type: `${statusUrl}/problems/${slug}`, title, status, detail: expect.stringMatching(/\.$/) }),
  ]);
};

describe('every answer', () => {
  it("has the caller's request id, and nosniff", async () => {
    const answer = await http().post('/orders').set('x-request-id', 'a.B_c-1').send({ sku: 'A', quantity: 1 });
    expect([answer.status, answer.body]).toEqual([202, { sku: 'A', quantity: 1 }]);
    expect(answer.headers).toMatchObject({ 'x-request-id': 'a.B_c-1', 'x-content-type-options': 'nosniff' });
    expect(answer.headers).not.toHaveProperty('x-powered-by');
  });

  it.each(['', 'a b', 'a/b', 'ä', 'a'.repeat(65)])('has a new id instead of %j', async (id) => {
    const answer = await http().get('/orders/caller').set('x-request-id', Buffer.from(id).toString('latin1'));
    expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('is in the log under its request id, if it may have changed something, and never its token', async () => {
    await http().post('/orders?token=hunter2').set('x-request-id', 'placed-1').send({ sku: 'A', quantity: 1 });
    await http().get('/orders/caller').set('x-request-id', 'read-1');
    const line = JSON.parse(logged.find((each) => each.includes('placed-1'))!);
    expect(line).toMatchObject({ level: 'info', request: 'placed-1', method: 'POST', url: '/orders?token=[redacted]', status: 202 });
    expect(logged.join('')).not.toMatch(/hunter2|read-1/);
  });

  it('believes X-Forwarded-For for as many hops as TRUST_PROXY says', async () => {
    const { body } = await http().get('/orders/caller').set('x-forwarded-for', '1.1.1.1, 2.2.2.2');
    expect(body).toEqual({ ip: '2.2.2.2' });
  });
});

describe('CORS', () => {
  const origin = 'https://shop.example';
  let open: Running;
  beforeAll(async () => {
    open = await start([{ name: 'api', port: 0, module: async () => TestModule }], {
      env: { LOG_LEVEL: 'silent', CORS_ORIGINS: `https://other.example,${origin}` },
    });
  });
  afterAll(() => open.stop());

  it('is off unless it names the origin', async () => {
    const { headers } = await request(shop.url).get('/orders/caller').set({ origin });
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control') || name === 'vary')).toEqual([]);
    const foreign = await request(open.url).get('/orders/caller').set({ origin: 'https://evil.example' });
    expect(foreign.headers).not.toHaveProperty('access-control-allow-origin');
    expect(foreign.headers.vary).toBe('Origin');
  });

  it('exposes what a client has to read, errors included', async () => {
    for (const path of ['/orders/caller', '/nothing', '/orders/none']) {
      const { headers } = await request(open.url).get(path).set({ origin });
      expect(headers['access-control-allow-origin']).toBe(origin);
      expect(headers['access-control-expose-headers']).toBe(
        'Location, ETag, Retry-After, Idempotency-Replayed, Preference-Applied, X-Request-Id',
      );
      expect(headers).not.toHaveProperty('access-control-allow-credentials');
    }
  });

  it('answers a preflight', async () => {
    const { status, headers } = await request(open.url)
      .options('/orders')
      .set({ origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'idempotency-key' });
    expect(status).toBe(204);
    expect(headers.allow).toContain('POST');
    expect(headers['access-control-allow-methods']).toContain('POST');
    expect(headers['access-control-allow-headers']).toContain('Idempotency-Key');
  });
});

describe('RATE_LIMIT_PER_MINUTE', () => {
  it('lets so many requests of an address through, and no more for now; probes are not counted', async () => {
    const limited = await start([{ name: 'api', port: 0, module: async () => TestModule }], {
      env: { LOG_LEVEL: 'silent', RATE_LIMIT_PER_MINUTE: '3', TRUST_PROXY: '1' },
    });
    try {
      const get = (path: string, from: string) => request(limited.url).get(path).set('x-forwarded-for', from);
      for (const path of ['/orders/caller', '/nothing', '/orders/caller']) expect((await get(path, '192.0.2.1')).status).not.toBe(429);
      const answer = await get('/orders/caller', '192.0.2.1').expect(429);
      expect(answer.body).toMatchObject({ status: 429, type: expect.stringMatching(/\/problems\/rate-limited$/) });
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
      expect(answer.headers['x-request-id']).toMatch(/./);
      await get('/nothing', '192.0.2.1').expect(429);
      for (let n = 0; n < 5; n++) await get('/health/live', '192.0.2.1').expect(200);
      await get('/orders/caller', '192.0.2.2').expect(200);
    } finally {
      await limited.stop();
    }
  });

  it.each([{}, { RATE_LIMIT_PER_MINUTE: '3' }])('counts whoever has a key by that, and nobody by another’s: %j', async (more) => {
    const limited = await start([{ name: 'api', port: 0, module: async () => KnowingModule }], { env: { LOG_LEVEL: 'silent', ...more } });
    try {
      const get = (key?: string) =>
        request(limited.url)
          .get('/orders/caller')
          .set(key === undefined ? {} : { 'x-key': key });
      for (let n = 0; n < 5; n++) await get('5').expect(200);
      const answer = await get('5').expect(429);
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
      for (let n = 0; n < 2; n++) await get('2').expect(200);
      await get('2').expect(429);
      for (let n = 0; n < 2; n++) await get().expect(200);
      expect((await get('none').expect(401)).headers['www-authenticate']).toBe('Bearer');
      // A wrong key counts for its address, where those are counted.
      const limit = 'RATE_LIMIT_PER_MINUTE' in more;
      await get().expect(limit ? 429 : 200);
      await get('none').expect(limit ? 429 : 401);
    } finally {
      await limited.stop();
    }
  });
});

describe('methods', () => {
  it('HEAD is where GET is', async () => {
    const answer = await http().head('/orders/caller');
    expect([answer.status, answer.text]).toEqual([200, undefined]);
    expect(Number(answer.headers['content-length'])).toBeGreaterThan(0);
  });

  it('OPTIONS says which there are', async () => {
    const answers = await Promise.all(['/orders', '/orders/42?x=1', '/orders/echo', '/nowhere'].map((path) => http().options(path)));
    expect(answers.map(({ status, headers }) => [status, headers['allow']])).toEqual([
      [204, 'POST, OPTIONS'],
      [204, 'GET, HEAD, OPTIONS'],
      [204, 'POST, OPTIONS'],
      [404, undefined],
    ]);
  });

  it.each(['delete', 'put', 'patch', 'post', 'trace', 'propfind'] as const)(
    '%s where it is not known is 405 with Allow',
    async (method) => {
      const answer = await http()[method]('/orders/42');
      expectProblem(answer, 'method-not-allowed');
      expect(answer.headers['allow']).toBe('GET, HEAD, OPTIONS');
    },
  );

  it('of a path that is a route word for word are its own, and none of the route that has a parameter there', async () => {
    const answer = await http().get('/orders/echo?x=1');
    expectProblem(answer, 'method-not-allowed');
    expect(answer.headers['allow']).toBe('POST, OPTIONS');
  });
});

describe('bodies', () => {
  it.each(['identity', 'Identity', ' IDENTITY ', ''])('of the content encoding “%s” are taken as they are', async (encoding) => {
    const answer = await fetch(`${shop.url}/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-encoding': encoding },
      body: '{"sku":"A","quantity":1}',
    });
    expect(answer.status).toBe(202);
  });

  it('are kept as they came', async () => {
    const body = '{ "b":1,\t"a": "\\u00e4" }\n';
    const answer = await http().post('/orders/echo').set('content-type', 'application/json; charset=utf-8').send(body);
    expect(Buffer.from(answer.text, 'base64').toString()).toBe(body);
  });

  it.each<[string, string | Buffer]>([
    ['no JSON', '{'],
    ['nothing', ' '],
    ['no UTF-8', Buffer.from('{"sku":"\xff","quantity":1}', 'latin1')],
    ['half a character', Buffer.from([0x22, 0xc3, 0x22])],
    ['__proto__ as a key', '{"sku":"A","quantity":1,"__proto__":{}}'],
    ['__proto__ deep down', '{"a":[[{"b":{"__proto__" : 1}}]]}'],
    ['an escaped __proto__', '{"\\u005f_proto__":1}'],
    ['constructor as a key', '{"constructor":1}'],
    ['an escaped constructor', '{"a":{"const\\u0072uctor":1}}'],
  ])('%s is malformed', async (_, body) => {
    expectProblem(await post(body), 'malformed');
  });

  it('may speak of such keys in a text', async () => {
    const body = { sku: '"__proto__": "constructor"', quantity: 1 };
    expect((await http().post('/orders').send(body)).body).toEqual(body);
    expectProblem(await post('["__proto__","constructor","\\u0041"]'), 'invalid');
  });

  it('may be nested as deep as they like', async () => {
    expectProblem(await post('['.repeat(500_000) + '"\\u0041"' + ']'.repeat(500_000)), 'invalid');
  });

  it('have a mebibyte at most, announced or not', async () => {
    const padded = (bytes: number) => `{"sku":"A","quantity":1}`.padEnd(bytes);
    expect((await post(padded(1024 * 1024))).status).toBe(202);
    expectProblem(
      await http()
        .post('/orders')
        .set('content-type', 'application/json')
        .send(padded(1024 * 1024 + 1)),
      'too-large',
    );
    expectProblem(
      await http()
        .post('/orders')
        .set('content-type', 'application/json')
        .send(padded(8 * 1024 * 1024)),
      'too-large',
    );
    expectProblem(await post(padded(8 * 1024 * 1024)), 'too-large');
  });

  it.each([
    ['content-length: 8388608', '', ''],
    ['transfer-encoding: chunked', '800000\r\n', '\r\n0\r\n\r\n'],
  ])(
    'far too large (%s) are read to their end, so that who sends first and listens then gets the answer',
    async (header, before, after) => {
      const half = ' '.repeat(4 * 1024 * 1024);
      const socket = connect(Number(new URL(shop.url).port), '127.0.0.1').setEncoding('latin1');
      let received = '';
      socket.on('data', (text) => (received += text));
      socket.write(`POST /orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${header}\r\n\r\n${before}${half}`);
      await vi.waitUntil(() => received.startsWith('HTTP/1.1 413'));
      // The connection bears the other half, and another request after it.
      socket.write(`${half}${after}GET /orders/caller HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      await once(socket, 'close');
      expect(received.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 413', 'HTTP/1.1 200']);
    },
  );

  it.each(['/orders', '/nothing'])(
    'refused before they are here (%s) are read to their end, also where the connection is to close then',
    async (path) => {
      const half = ' '.repeat(4 * 1024 * 1024);
      const socket = connect(Number(new URL(shop.url).port), '127.0.0.1').setEncoding('latin1');
      let received = '';
      socket.on('data', (text) => (received += text));
      socket.write(
        `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${2 * half.length}\r\nConnection: close\r\n\r\n${half}`,
      );
      await vi.waitUntil(() => received.startsWith('HTTP/1.1 4'));
      // Rejects if the connection is reset.
      const closed = once(socket, 'close');
      socket.write(half.slice(1));
      socket.write(' ');
      await closed;
    },
  );

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp', 'nonsense'])('of %s are unsupported', async (type) => {
    expectProblem(await post('{}', type), 'unsupported-media-type');
  });

  it('of an unknown content encoding are unsupported', async () => {
    const answer = await http().post('/orders').set('content-encoding', 'gzip').send({ sku: 'A', quantity: 1 });
    expectProblem(answer, 'unsupported-media-type');
    expect(answer.headers['accept-encoding']).toBe('identity');
    expect((await http().post('/orders').set('content-encoding', 'identity').send({ sku: 'A', quantity: 1 })).status).toBe(202);
  });

  it('that do not validate are pointed into', async () => {
    const answer = await http().post('/orders').send({ sku: 'A', quantity: '2', more: 1 });
    expectProblem(answer, 'invalid');
    expect(answer.body.errors.map((fault: { pointer: string }) => fault.pointer)).toEqual(['/quantity', '/more']);
  });
});

describe('problems', () => {
  it('name the request', async () => {
    const id = '0190a5b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b';
    const [uuid, own] = await Promise.all([http().get('/x').set('x-request-id', id), http().get('/x').set('x-request-id', 'mine')]);
    expect([uuid.body.instance, own.body.instance]).toEqual([`urn:uuid:${id}`, 'urn:request:mine']);
  });

  it.each(['/nowhere', '/nowhere?token=s3cret', '/orders/', `/orders/${'a'.repeat(500)}`, '/orders/42', '//orders'])(
    '%s is not found',
    async (path) => {
      const answer = await http().get(path);
      expectProblem(answer, 'not-found');
      expect(answer.text).not.toContain('s3cret');
    },
  );

  it('a path that cannot be decoded is malformed', async () => {
    expectProblem(await http().get('/orders/%zz'), 'malformed');
  });

  it.each<[keyof typeof problems, unknown, Record<string, string>]>([
    ['unauthorized', problem('unauthorized'), { 'www-authenticate': 'Bearer' }],
    ['job-running', problem('job-running', { detail: 'It runs.' }), {}],
    ['rate-limited', problem('rate-limited', { headers: { 'retry-after': '7' } }), { 'retry-after': '7' }],
    ['unavailable', Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' }), { 'retry-after': '1' }],
    ['unavailable', Object.assign(new Error('terminating connection'), { code: '57P01' }), { 'retry-after': '1' }],
    ['unavailable', new Error('timeout exceeded when trying to connect'), { 'retry-after': '1' }],
    [
      'unavailable',
      new Error('failed', { cause: Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }) }),
      { 'retry-after': '1' },
    ],
    ['internal', Object.assign(new Error('SELECT s3cret FROM /etc/passwd'), { code: '42P01' }), {}],
    ['internal', 's3cret', {}],
    ['internal', undefined, {}],
    ['internal', new HttpException('s3cret', 500), {}],
    ['too-large', new HttpException('s3cret', 413), {}],
  ])('%s is told as such, with its headers and without its insides', async (slug, error, headers) => {
    thrown = error;
    const answer = await http().get('/orders/failing');
    expectProblem(answer, slug);
    expect(answer.headers).toMatchObject(headers);
    expect(answer.headers).not.toHaveProperty('etag');
    expect(answer.text).not.toMatch(/s3cret|passwd|ECONN|127\.0|\bat /);
  });

  it('a status without a kind of its own is about:blank', async () => {
    thrown = new HttpException('s3cret', 418);
    const { status, body } = await http().get('/orders/failing');
    expect([status, body]).toEqual([418, expect.objectContaining({ type: 'about:blank', title: "I'm a Teapot", detail: "I'm a Teapot." })]);
  });

  it('are in the log under the id of their request, without its token', async () => {
    thrown = new Error('it broke');
    await http().get('/orders/failing?token=hunter2').set('x-request-id', 'lookmeup');
    const line = JSON.parse(logged.find((each) => each.includes('lookmeup'))!);
    expect(line).toMatchObject({
      level: 'error',
      request: 'lookmeup',
      url: '/orders/failing?token=[redacted]',
      error: { message: 'it broke' },
    });
    expect(logged.join('')).not.toContain('hunter2');
  });

  it('break off an answer that has begun', async () => {
    await expect(http().get('/orders/half')).rejects.toThrow(/aborted|hang up|ECONNRESET/);
  });

  it('can be read about at their type', async () => {
    for (const [slug, [, title, sentence]] of Object.entries(problems)) {
      const answer = await http().get(`/problems/${slug}`);
      expect([answer.status, answer.headers['content-type'], answer.text]).toEqual([
        200,
        'text/plain; charset=utf-8',
        expect.stringContaining(sentence),
      ]);
      expect(answer.text).toContain(title);
    }
    expectProblem(await http().get('/problems/toString'), 'not-found');
  });
});

describe('what is no HTTP', () => {
  it('HTTP/1.1 without a Host is malformed, in our own words', async () => {
    const socket = connect(Number(new URL(shop.url).port), '127.0.0.1').setEncoding('latin1');
    let received = '';
    socket.on('data', (text) => (received += text)).write('GET /orders/caller HTTP/1.1\r\nConnection: close\r\n\r\n');
    await once(socket, 'close');
    expect(received).toMatch(/^HTTP\/1\.1 400 /);
    expect(received).toMatch(/^x-request-id: ./im);
    expect(received).toContain('/problems/malformed');
  });

  const answerTo = async (sent: string): Promise<string> => {
    const socket = connect(Number(new URL(shop.url).port), '127.0.0.1');
    let received = '';
    socket.setEncoding('utf8').on('data', (text) => (received += text));
    socket.write(sent);
    await once(socket, 'close');
    return received;
  };

  it.each([
    ['garbage\r\n\r\n', 400],
    ['GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n', 400],
    [`GET / HTTP/1.1\r\nHost: x\r\nBig: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
  ])('%.30j is answered with a problem and the connection closed', async (sent, status) => {
    const [head, body] = (await answerTo(sent)).split('\r\n\r\n');
    expect(head).toContain(`HTTP/1.1 ${status} `);
    expect(head).toMatch(/content-type: application\/problem\+json/i);
    expect(head).toMatch(/x-request-id: [0-9a-f-]{36}/i);
    expect(JSON.parse(body!)).toMatchObject({ status });
  });
});
