import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { makeCall } from './call.js';

const servers: http.Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  }
});

/** A receiver on loopback; what it was sent is in `heard`. */
async function receiver(answer: (response: ServerResponse, request: IncomingMessage) => void) {
  const heard: { method?: string; path?: string; headers: http.IncomingHttpHeaders; body: string }[] = [];
  const server = http.createServer(async (request, response) => {
    const { method, url, headers } = request;
    heard.push({ method, path: url, headers, body: await text(request) });
    answer(response, request);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  servers.push(server);
  return { heard, port: (server.address() as AddressInfo).port };
}

const never = new AbortController().signal;
const call = makeCall({ loopback: true }, { timeoutMs: 400 });
const post = (url: string, by = call, signal = never) => by(new URL(url), { 'webhook-id': 'msg_1' }, '{"ü":1}', signal);

describe('a call', () => {
  it('posts the body with its headers, on a connection of its own', async () => {
    const { heard, port } = await receiver((response) => response.writeHead(204).end());
    expect(await post(`http://127.0.0.1:${port}/hook?key=1`)).toEqual({ status: 204 });
    expect(heard).toMatchObject([
      {
        method: 'POST',
        path: '/hook?key=1',
        body: '{"ü":1}',
        headers: { 'webhook-id': 'msg_1', 'content-length': '8', connection: 'close' },
      },
    ]);
  });

  it('follows no redirect', async () => {
    const other = await receiver((response) => response.end());
    const { port } = await receiver((response) => response.writeHead(307, { location: `http://127.0.0.1:${other.port}/` }).end());
    expect(await post(`http://127.0.0.1:${port}/`)).toEqual({ status: 307 });
    expect(other.heard).toEqual([]);
  });

  it('goes through no proxy that the environment names', async () => {
    const proxy = await receiver((response) => response.end());
    const { heard, port } = await receiver((response) => response.end());
    const names = ['HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'NODE_USE_ENV_PROXY'];
    const before = names.map((name) => process.env[name]);
    for (const name of names) process.env[name] = name === 'NODE_USE_ENV_PROXY' ? '1' : `http://127.0.0.1:${proxy.port}`;
    try {
      expect(await post(`http://127.0.0.1:${port}/`)).toEqual({ status: 200 });
    } finally {
      names.forEach((name, n) => (before[n] === undefined ? delete process.env[name] : (process.env[name] = before[n])));
    }
    expect([proxy.heard.length, heard.length]).toEqual([0, 1]);
  });

  it('says what the receiver asks for', async () => {
    const { port } = await receiver((response) => response.writeHead(503, { 'retry-after': '7' }).end());
    expect(await post(`http://127.0.0.1:${port}/`)).toEqual({ status: 503, retryAfterMs: 7_000 });
  });

  it('has its answer by the first line, though the rest never ends, or is endless', async () => {
    const slow = await receiver((response) => void response.writeHead(200).write('drip'));
    expect(await post(`http://127.0.0.1:${slow.port}/`)).toEqual({ status: 200 });
    let sent = 0;
    const endless = await receiver((response) => {
      const more = (): void => {
        for (;;) {
          sent += 65_536;
          if (response.destroyed || !response.write(Buffer.alloc(65_536))) break;
        }
      };
      response.writeHead(200).on('drain', more);
      more();
    });
    const long = makeCall({ loopback: true }, { timeoutMs: 60_000 });
    expect(await post(`http://127.0.0.1:${endless.port}/`, long)).toEqual({ status: 200 });
    expect(sent).toBeLessThan(64 * 1024 * 1024);
  });

  it.each([
    ['silent', () => {}, 'no answer within 0.4 s'],
    ['one that hangs up', (response: ServerResponse) => response.destroy(), 'ECONNRESET'],
    [
      'one that would talk about something else',
      (response: ServerResponse) => response.writeHead(101, { upgrade: 'x', connection: 'upgrade' }).end(),
      '',
    ],
  ])('has no answer from %s', async (_, answer, why) => {
    const { port } = await receiver(answer);
    await expect(post(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({ name: 'Error', message: expect.stringContaining(why) });
  });

  it('ends when it is told to', async () => {
    const { port } = await receiver(() => stop.abort());
    const stop = new AbortController();
    const patient = makeCall({ loopback: true }, { timeoutMs: 60_000 });
    await expect(post(`http://127.0.0.1:${port}/`, patient, stop.signal)).rejects.toThrow('no answer');
  });

  it('says nothing of where it went', async () => {
    const nowhere = makeCall({ loopback: true }, { resolve: async () => Promise.reject(new Error('queryA ENOTFOUND secret.example')) });
    for (const url of ['http://127.0.0.1:1/secret', 'http://localhost:1/secret', 'https://secret.example/secret'])
      await expect(post(url, nowhere)).rejects.toSatisfy(({ message }: Error) => !/secret|127/.test(message));
  });
});

describe('an address that may not be called', () => {
  it('is not: literal, by name, or by one answer of several', async () => {
    const { heard, port } = await receiver((response) => response.end());
    const strict = (...answers: string[][]) => makeCall({ loopback: false }, { resolve: async () => answers.shift()!, timeoutMs: 400 });
    const refused = { message: 'its address is not public' };
    await expect(post(`http://127.0.0.1:${port}/`, strict())).rejects.toMatchObject(refused);
    await expect(post(`http://localhost:${port}/`, strict())).rejects.toMatchObject(refused);
    await expect(post(`http://client.example:${port}/`, strict(['127.0.0.1']))).rejects.toMatchObject(refused);
    await expect(post(`http://client.example:${port}/`, strict(['8.8.8.8', '127.0.0.1']))).rejects.toMatchObject(refused);
    expect(heard).toEqual([]);
  });

  it('is judged at each call: a name that has turned is not called again', async () => {
    const { heard, port } = await receiver((response) => response.end());
    const answers = [['127.0.0.1'], ['10.0.0.1'], ['169.254.169.254']];
    const turning = makeCall({ loopback: true }, { resolve: async () => answers.shift()!, timeoutMs: 400 });
    expect(await post(`http://client.example:${port}/`, turning)).toEqual({ status: 200 });
    for (let n = 0; n < 2; n++)
      await expect(post(`http://client.example:${port}/`, turning)).rejects.toMatchObject({ message: 'its address is not public' });
    expect(heard).toHaveLength(1);
  });

  it('is, where it is allowed: so the test above could have heard it', async () => {
    const { heard, port } = await receiver((response) => response.end());
    const named = makeCall({ loopback: true }, { resolve: async () => ['127.0.0.1'] });
    await post(`http://client.example:${port}/`, named);
    await post(`http://localhost:${port}/`, named);
    expect(heard).toHaveLength(2);
  });
});
