import request from 'supertest';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Module } from '@nestjs/common';
import { start, type Running } from './start.js';

@Module({})
class Nothing {}

let shop: Running;
beforeEach(async () => {
  shop = await start([{ name: 'relay', port: 0, module: async () => Nothing }], { env: { LOG_LEVEL: 'silent' } });
});
afterEach(async () => {
  vi.restoreAllMocks();
  passed = 0;
  await shop.stop();
});
const realNow = performance.now.bind(performance);
let passed = 0;
/** Moves this process' clock on. */
const pass = (milliseconds: number) => {
  passed += milliseconds;
  vi.spyOn(performance, 'now').mockImplementation(() => realNow() + passed);
};
const get = (path: string) => request(shop.url).get(path);
const statuses = async () => [(await get('/health/live')).status, (await get('/health/ready')).status, (await get('/health')).status];

describe('health', () => {
  it('goes down and up with what the work needs, and live does not', async () => {
    let away = true;
    const check = () => {
      if (away) throw Object.assign(new Error('connect ENOENT /var/run/.s.PGSQL.5432'), { syscall: 'connect', code: 'ENOENT' });
      return { version: 18 };
    };
    shop.host.health.add({ name: 'database', readiness: true, check });
    expect(await statuses()).toEqual([200, 503, 503]);

    const { headers, body } = await get('/health');
    expect(headers).toMatchObject({ 'content-type': expect.stringContaining('application/json'), 'cache-control': 'no-store' });
    const database = { status: 'down', message: 'connect ENOENT', responseTime: expect.any(Number) };
    const process = { status: 'up' };
    expect(body).toEqual({ status: 'error', info: { process }, error: { database }, details: { process, database } });

    away = false;
    expect(await statuses()).toEqual([200, 200, 200]);
    expect((await get('/health')).body.details.database).toMatchObject({ status: 'up', version: 18 });
  });

  it('is no matter of readiness where a check says so', async () => {
    shop.host.health.add({ name: 'lag', readiness: false, check: () => Promise.reject(new Error('60 s behind')) });
    expect(await statuses()).toEqual([200, 200, 503]);
    expect((await get('/health')).body.error.lag.message).toBe('60 s behind');
  });

  it('counts an answer that does not come within half a second as none, and aborts the question', async () => {
    let signal: AbortSignal | undefined;
    const check = (given: AbortSignal) => {
      signal = given;
      return new Promise<void>(() => {});
    };
    shop.host.health.add({ name: 'broker', readiness: true, check });
    const { status, body } = await get('/health/ready');
    expect([status, body.error.broker.message]).toEqual([503, 'timeout of 500ms exceeded']);
    expect(signal!.aborted).toBe(true);
  });

  it('refuses a second check of the same name', () => {
    shop.host.health.add({ name: 'database', readiness: true, check: () => {} });
    expect(() => shop.host.health.add({ name: 'database', readiness: true, check: () => {} })).toThrow(
      /two health checks called “database”/,
    );
  });

  it('live goes down when a loop does not come round, unless it rests', async () => {
    const loop = shop.host.health.loop('relay', { allowedMs: 3000 });
    const live = async () => (await get('/health/live')).status;
    pass(3001);
    expect(await live()).toBe(200);
    loop.beat();
    pass(1000);
    expect(await live()).toBe(200);
    pass(2001);
    const { status, body } = await get('/health/live');
    expect([status, body.status, body.error.relay]).toEqual([
      503,
      'error',
      { status: 'down', allowedMs: 3000, sinceBeatMs: expect.any(Number) },
    ]);
    expect((await get('/health/ready')).status).toBe(200);
    loop.beat();
    expect(await live()).toBe(200);
    pass(3001);
    loop.rest();
    expect(await live()).toBe(200);
  });

  it('live goes down when the event loop did not turn for ten seconds, until it turns again', async () => {
    pass(10_001);
    const { status, body } = await get('/health/live');
    expect([status, Object.keys(body.error)]).toEqual([503, ['event-loop']]);
    await vi.waitUntil(async () => (await get('/health/live')).status === 200, { timeout: 5000, interval: 100 });
  });

  it('is not ready, but live, while it stops', async () => {
    shop.host.health.stopping();
    expect(await statuses()).toEqual([200, 503, 503]);
    expect((await get('/health/ready')).body.error).toEqual({ process: { status: 'down', message: 'stopping' } });
  });
});
