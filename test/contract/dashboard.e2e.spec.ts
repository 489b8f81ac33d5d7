import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startHost, type TestHost } from '../setup/host.js';
import { anOrder, place, reached } from './orders.js';
import { expectProblem } from './problem.js';

let host: TestHost;
beforeAll(async () => void (host = await startHost()));
afterAll(() => host?.stop());

describe('GET /', () => {
  it('is a page for everybody, which runs and fetches nothing from elsewhere', async () => {
    const page = await host
      .http()
      .get('/')
      .expect(200)
      .expect('content-type', 'text/html; charset=utf-8')
      .expect('x-content-type-options', 'nosniff');
    const policy = page.headers['content-security-policy'] as string;
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(page.text).not.toMatch(/<script(?![^>]* src=)|<style| style=| on\w+=|https?:\/\//);
    await host.http().head('/').expect(200).expect('content-length', page.headers['content-length']!);
    await host.http().get('/').set('if-none-match', page.headers.etag!).expect(304);
  });

  it('names files that are there, each of its type', async () => {
    const { text } = await host.http().get('/').expect(200);
    const named = [...text.matchAll(/(?:href|src)="(\/[^"]*)"/g)].map(([, name]) => name!);
    expect(named.length).toBeGreaterThan(2);
    const types: Record<string, RegExp> = { css: /^text\/css/, js: /^text\/javascript/, svg: /^image\/svg\+xml$/ };
    for (const name of named) {
      const type = types[name.split('.').at(-1)!]!;
      await host.http().get(name).expect(200).expect('content-type', type).expect('x-content-type-options', 'nosniff');
    }
  });

  it('serves nothing beside them', async () => {
    for (const name of ['index.html', 'page.unit.spec.ts', '..%2fpage-files.js', '%2e%2e%2f%2e%2e%2frole.js', '.']) {
      expectProblem(await host.http().get(`/dashboard/page/${name}`), 404, 'not-found');
    }
  });
});

describe('what it shows', () => {
  it('is the operator’s', async () => {
    const placed = await place(host);
    for (const path of ['/dashboard/stream', '/dashboard/photos', '/dashboard/guidance', `/dashboard/orders/${placed.id}/versions`]) {
      expectProblem(await host.http().get(path), 401, 'unauthorized');
      expectProblem(await host.http().get(path).set('authorization', `Bearer ${placed.token}`), 401, 'unauthorized');
    }
  });

  it('is an order after each of its events, and what was decided then', async () => {
    const placed = await place(host, anOrder({ card: '4000000000000341' }));
    const order = await reached(host, placed, 'failed');
    const { body } = await host.operator(`/dashboard/orders/${placed.id}/versions`).expect(200);
    expect(body.items.length).toBeGreaterThanOrEqual(order.version);
    expect(body.items.map(({ version }: { version: number }) => version)).toEqual(body.items.map((_: unknown, n: number) => n + 1));
    const after = (type: string) => body.items.find((item: { type: string }) => item.type === type);
    expect(after('OrderPlaced')).toMatchObject({ order: { status: 'placed' }, next: 'Wait until its photos are rendered.' });
    expect(after('CaptureFailed').next).toMatch(/^Throw the prints away/);
    expect(after('OrderFailed').order).toMatchObject({ status: 'failed', progress: 100, reason: { code: 'capture-failed' } });
    expectProblem(await host.operator(`/dashboard/orders/${crypto.randomUUID()}/versions`), 404, 'not-found');
  });

  it('is told as it changes, at most each half second, and the whole of it each time', async () => {
    const gone = new AbortController();
    const answer = await fetch(`${host.url}/dashboard/stream`, { headers: host.operatorHeaders, signal: gone.signal });
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    const pictures: { at: string; orders: Record<string, number>; heard: Record<string, number>; changes: { id: string }[] }[] = [];
    const reading = (async () => {
      let rest = '';
      for await (const piece of answer.body!.pipeThrough(new TextDecoderStream())) {
        const events = (rest + piece).split('\n\n');
        rest = events.pop()!;
        for (const event of events) if (event.startsWith('data: ')) pictures.push(JSON.parse(event.slice('data: '.length)));
      }
    })().catch(() => {});
    try {
      await vi.waitFor(() => expect(pictures.length).toBe(1), { timeout: 10_000 });
      const completed = pictures[0]!.orders.completed!;
      const placed = await Promise.all(Array.from({ length: 20 }, () => place(host)));
      await Promise.all(placed.map((one) => reached(host, one, 'completed')));
      await vi.waitFor(() => expect(pictures.at(-1)!.orders.completed).toBe(completed + 20), { timeout: 60_000 });
      const heard = pictures.reduce((sum, picture) => sum + (picture.heard.OrderCompleted ?? 0), 0);
      expect(heard).toBeGreaterThanOrEqual(20);
      expect(placed.map(({ id }) => id)).toContain(pictures.at(-1)!.changes[0]!.id);
      const gaps = pictures.slice(1).map(({ at }, n) => Date.parse(at) - Date.parse(pictures[n]!.at));
      expect(Math.min(...gaps)).toBeGreaterThanOrEqual(450);
    } finally {
      gone.abort();
      await reading;
    }
  });
});
