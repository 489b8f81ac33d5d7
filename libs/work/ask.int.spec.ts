import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startWorld, type World } from '#tools/world';
import { type Ask, makeAsk } from './ask.js';

const ever = new AbortController().signal;
const soon = () => AbortSignal.timeout(100);

describe('of the simulated world', () => {
  let dir: string;
  let world: World;
  let ask: Ask;

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'ask-'));
    world = await startWorld({ port: 0, dir });
    ask = makeAsk(world.url);
  });
  afterEach(async () => {
    await ask.close();
    await world.close();
    rmSync(dir, { recursive: true });
  });

  const charge = (orderId: string, number: string) => ({
    orderId,
    amount: { amount: 1999, currency: 'EUR' },
    card: { number, expiry: '12/30', cvc: '123' },
  });
  const authorise = (key: string, number = '4242424242424242', signal = ever) =>
    ask.call('/gateway/authorisations', charge('o1', number), key, signal);
  const lookup = (key: string, signal = ever) => ask.lookup('/gateway/operations', key, signal);
  const fault = (body: object) =>
    fetch(`${world.url}/faults/gateway`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  const paid = { done: { id: expect.stringMatching(/^auth_/), outcome: 'ok' } };

  it('done, and the lookup says the same', async () => {
    const key = 'o/1:authorise 1';
    const outcome = await authorise(key);
    expect(outcome).toEqual(paid);
    expect(await lookup(key)).toEqual(outcome);
  });

  it('absent: a key that was never seen', async () => {
    expect(await lookup('k1')).toBe('absent');
  });

  it('refused: the card, the books, a reused key', async () => {
    expect(await authorise('k1', '4000000000009995')).toEqual({ refused: 'insufficient_funds' });
    expect(await lookup('k1')).toEqual({ refused: 'insufficient_funds' });
    const nothing = { orderId: 'o1', authorisation: 'auth_none', amount: { amount: 1, currency: 'EUR' } };
    expect(await ask.call('/gateway/captures', nothing, 'k2', ever)).toEqual({ refused: 'unknown_authorisation' });
    expect(await authorise('k2')).toEqual({ refused: 'idempotency_key_reused' });
  });

  it('failed: a definite 503, also when looked up; a new key pays', async () => {
    expect(await authorise('k1', '4000000000000119')).toEqual({ failed: 'try_again' });
    expect(await lookup('k1')).toEqual({ failed: 'try_again' });
    expect(await authorise('k2', '4000000000000119')).toEqual(paid);
  });

  it('ambiguous: an answer that got lost; the lookup finds what happened, and the same key too', async () => {
    await fault({ loseAnswers: 1 });
    expect(await authorise('k1')).toEqual({ ambiguous: 'UND_ERR_SOCKET' });
    const found = await lookup('k1');
    expect(found).toEqual(paid);
    expect(await authorise('k1')).toEqual(found);
  });

  it('ambiguous: no answer in time; the lookup says absent', async () => {
    await fault({ hang: true });
    expect(await authorise('k1', undefined, soon())).toEqual({ ambiguous: 'TimeoutError' });
    expect(await lookup('k1')).toBe('absent');
  });

  it('ambiguous: aborted while the other side takes its time, although it happened', async () => {
    await fault({ delayMs: 3_600_000 });
    const patience = new AbortController();
    const waits = authorise('k1', undefined, patience.signal);
    await vi.waitFor(async () => expect(await lookup('k1')).toEqual(paid), 5000);
    patience.abort();
    expect(await waits).toEqual({ ambiguous: 'AbortError' });
  });

  it('ambiguous: a lookup that fails says nothing of its key', async () => {
    await authorise('k1');
    await fault({ operation: 'lookup', failNext: 1 });
    expect(await lookup('k1')).toEqual({ ambiguous: 'lookup answered 503' });
    await fault({ operation: 'lookup', hang: true });
    expect(await lookup('k1', soon())).toEqual({ ambiguous: 'TimeoutError' });
  });

  it('ambiguous: nobody is there; and it works again once somebody is', async () => {
    await world.close();
    expect(await authorise('k1')).toEqual({ ambiguous: expect.stringMatching(/^(ECONNREFUSED|UND_ERR_SOCKET)$/) });
    world = await startWorld({ port: Number(new URL(world.url).port), dir });
    await vi.waitFor(async () => expect(await authorise('k1')).toEqual(paid), 5000);
  });
});

describe('of answers the world never gives', () => {
  let server: Server;
  let ask: Ask;
  let respond: RequestListener;

  beforeEach(async () => {
    server = createServer((request, response) => respond(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ask = makeAsk(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/`);
  });
  afterEach(async () => {
    await ask.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const answer = (status: number, body: string, headers: Record<string, string> = {}) => {
    respond = (_request, response) => response.writeHead(status, headers).end(body);
    return ask.call('/things', {}, 'k1', ever);
  };
  const error = JSON.stringify({ outcome: 'error', code: 'busy' });

  it('sends what it was given, below the path of its base', async () => {
    let seen: unknown;
    respond = (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => {
        const { method, url, headers } = request;
        seen = { method, url, key: headers['idempotency-key'], type: headers['content-type'], body: Buffer.concat(chunks).toString() };
        response.writeHead(201).end('{"id":"1"}');
      });
    };
    expect(await ask.call('/things', { a: 'ü' }, 'k1', ever)).toEqual({ done: { id: '1' } });
    expect(seen).toEqual({ method: 'POST', url: '/v1/things', key: 'k1', type: 'application/json', body: '{"a":"ü"}' });
  });

  it.each([503, 429])('%i with an outcome: failed, with the wait asked for', async (status) => {
    expect(await answer(status, error)).toEqual({ failed: 'busy' });
    expect(await answer(status, error, { 'retry-after': '7' })).toEqual({ failed: 'busy', retryAfterMs: 7000 });
    expect(await answer(status, error, { 'retry-after': new Date(0).toUTCString() })).toEqual({ failed: 'busy', retryAfterMs: 0 });
    expect(await answer(status, error, { 'retry-after': 'later' })).toEqual({ failed: 'busy' });
    const { retryAfterMs } = (await answer(status, error, { 'retry-after': new Date(Date.now() + 60_000).toUTCString() })) as {
      retryAfterMs: number;
    };
    expect(retryAfterMs).toBeGreaterThan(50_000);
    expect(retryAfterMs).toBeLessThanOrEqual(60_000);
  });

  it.each([
    [503, '<h1>Service Unavailable</h1>'],
    [503, '{"message":"no healthy upstream"}'],
    [500, error],
    [502, error],
    [400, '{}'],
    [404, '{}'],
    [302, ''],
    [200, 'OK'],
    [204, ''],
  ])('%i %s: ambiguous', async (status, body) => {
    expect(await answer(status, body)).toEqual({ ambiguous: `http-${status}` });
  });

  it.each([402, 409, 422])('%i without a code: refused all the same', async (status) => {
    expect(await answer(status, '')).toEqual({ refused: `http-${status}` });
  });

  it('an answer that breaks off: ambiguous', async () => {
    respond = (_request, response) => {
      response.writeHead(201, { 'content-length': '100' });
      response.write('{"id":', () => response.destroy());
    };
    expect(await ask.call('/things', {}, 'k1', ever)).toEqual({ ambiguous: 'UND_ERR_SOCKET' });
  });

  it.each(['{}', 'OK', '[]'])('a lookup that answers 200 %s: ambiguous', async (body) => {
    respond = (_request, response) => response.writeHead(200).end(body);
    expect(await ask.lookup('/operations', 'k1', ever)).toEqual({ ambiguous: 'lookup answered 200' });
  });

  it('a lookup that fails with a problem of its own: ambiguous, although that names a status', async () => {
    respond = (_request, response) => response.writeHead(409).end('{"status":409,"title":"Conflict"}');
    expect(await ask.lookup('/operations', 'k1', ever)).toEqual({ ambiguous: 'lookup answered 409' });
  });

  it('a signal aborted before it began: ambiguous, and nothing is sent', async () => {
    respond = vi.fn();
    expect(await ask.call('/things', {}, 'k1', AbortSignal.abort())).toEqual({ ambiguous: 'AbortError' });
    expect(respond).not.toHaveBeenCalled();
  });
});
