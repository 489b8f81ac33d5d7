import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Fault, startWorld, type World } from './index.js';

let dir: string;
let world: World;
const start = async (delays = {}) => {
  world = await startWorld({ port: 0, dir, delays });
};

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'world-'));
  await start();
});
afterEach(async () => {
  await world.close();
  rmSync(dir, { recursive: true });
});

const set = async (service: string, fault: Fault | object) => {
  const answer = await fetch(`${world.url}/faults/${service}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(fault),
  });
  return answer.status;
};
const clear = () => fetch(`${world.url}/faults`, { method: 'DELETE' });

const print = async (key: string, orderId = 'o1', signal?: AbortSignal) => {
  const answer = await fetch(`${world.url}/printer/jobs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify({ orderId, lines: [{ sku: 'PRINT-10X15', quantity: 1 }] }),
    signal,
  });
  return { status: answer.status, body: await answer.json() };
};
const lookup = async (key: string) => {
  const answer = await fetch(`${world.url}/printer/operations/${key}`);
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};
const unavailable = { status: 503, body: { outcome: 'error', code: 'unavailable' } };

it('failNext: a definite 503 for the next new keys, kept under them; the one after succeeds', async () => {
  await set('printer', { failNext: 2 });
  expect(await print('k1')).toEqual(unavailable);
  expect(await print('k1')).toEqual(unavailable); // a replay spends none
  expect(await print('k2')).toEqual(unavailable);
  expect((await print('k3')).status).toBe(201);
  expect(await print('k1')).toEqual(unavailable);
  expect(await lookup('k1')).toEqual({ status: 200, body: unavailable });
});

it('loseAnswers: it happens, the connection breaks, and the key tells', async () => {
  await set('printer', { loseAnswers: 1 });
  await expect(print('k1')).rejects.toThrow('fetch failed');
  const found = await lookup('k1');
  expect(found.body.status).toBe(201);
  expect(await print('k1')).toEqual(found.body);
});

it('refuse: the connection breaks and nothing happens, until it is cleared', async () => {
  await set('printer', { refuse: true });
  await expect(print('k1')).rejects.toThrow('fetch failed');
  await expect(print('k1')).rejects.toThrow('fetch failed');
  expect((await lookup('k1')).status).toBe(404);
  await clear();
  expect((await print('k1')).status).toBe(201);
});

it('hang: no answer, nothing happens, and it holds up neither others nor the end', async () => {
  await set('printer', { hang: true, orderId: 'o1' });
  const patience = new AbortController();
  const given = print('k1', 'o1', patience.signal);
  const waits = print('k2', 'o1');
  given.catch(() => undefined);
  waits.catch(() => undefined);
  expect((await print('k3', 'o2')).status).toBe(201);
  patience.abort();
  await expect(given).rejects.toThrow(/abort/);
  expect((await lookup('k1')).status).toBe(404);
  await world.close();
  await expect(waits).rejects.toThrow('fetch failed');
  await start();
  expect((await lookup('k2')).status).toBe(404);
});

it('delayMs: booked at once, answered after it; the key can be asked for meanwhile', async () => {
  await set('printer', { delayMs: 3_600_000 });
  const patience = new AbortController();
  const waits = print('k1', 'o1', patience.signal);
  waits.catch(() => undefined);
  await vi.waitFor(async () => expect((await lookup('k1')).status).toBe(200), 5000);
  patience.abort();
  await expect(waits).rejects.toThrow(/abort/);
});

it('the configured delay comes before the answer; a fault’s stands in for it', async () => {
  await world.close();
  await start({ printer: 80 });
  const began = performance.now();
  await print('k1');
  expect(performance.now() - began).toBeGreaterThanOrEqual(75);

  await world.close();
  await start({ printer: 3_600_000 });
  await set('printer', { delayMs: 0 });
  expect((await print('k2')).status).toBe(201);
});

it('applies to its operation and order only, the best fit first', async () => {
  await set('printer', { refuse: true, operation: 'discard' });
  expect((await print('k1')).status).toBe(201);
  await set('printer', { refuse: true });
  await set('printer', { failNext: 1, orderId: 'o2' });
  expect(await print('k2', 'o2')).toEqual(unavailable);
  await expect(print('k3', 'o1')).rejects.toThrow('fetch failed');
  await set('gateway', { refuse: true });
  await set('printer', { delayMs: 0 }); // takes the place of the one without a filter
  expect((await print('k3', 'o1')).status).toBe(201);
});

it('lookups have faults of their own', async () => {
  await print('k1');
  await set('printer', { operation: 'lookup', failNext: 1 });
  expect((await lookup('k1')).status).toBe(503);
  expect((await lookup('k1')).status).toBe(200);
  await set('printer', { operation: 'lookup', refuse: true });
  await expect(lookup('k1')).rejects.toThrow('fetch failed');
  expect((await print('k2')).status).toBe(201);
});

it('shows what is set and what is left of it', async () => {
  await set('printer', { failNext: 2, operation: 'print' });
  await print('k1');
  const shown = async () => (await fetch(`${world.url}/faults`)).json();
  expect(await shown()).toEqual({ gateway: [], printer: [{ failNext: 1, operation: 'print' }], carrier: [] });
  await clear();
  expect(await shown()).toEqual({ gateway: [], printer: [], carrier: [] });
});

it.each([
  ['printer', {}],
  ['printer', { failnext: 1 }],
  ['printer', { failNext: '1' }],
  ['printer', { refuse: true, operation: 'capture' }],
  ['bank', { refuse: true }],
])('a fault nobody would meet is 400: %s %j', async (service, fault) => {
  expect(await set(service, fault)).toBe(400);
});
