import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { startHost, type TestHost } from '../setup/host.js';
import { promtool } from '../setup/promtool.js';
import { together } from '../setup/where.js';
import { anOrder, place, reached } from './orders.js';

let host: TestHost;
beforeAll(async () => void (host = await startHost()));
afterAll(() => host?.stop());

interface Scrape {
  readonly types: ReadonlyMap<string, string>;
  /** Of a series, by its name and labels. */
  value(name: string, labels?: Record<string, string>): number;
  readonly text: string;
}

const label = /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\.)*)"/g;

/** Prometheus' text format, read as strictly as it is described: a line that is none fails the test. */
async function scrape(): Promise<Scrape> {
  const { text, headers } = await host.http().get('/metrics').expect(200);
  expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4; charset=utf-8$/);
  expect(headers['cache-control']).toBe('no-store');
  const types = new Map<string, string>();
  const series = new Map<string, number>();
  const helped = new Set<string>();
  expect(text.endsWith('\n')).toBe(true);
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const help = /^# HELP (\w+) \S/.exec(line);
    const type = /^# TYPE (\w+) (counter|gauge|histogram|summary)$/.exec(line);
    if (help) helped.add(help[1]!);
    else if (type) {
      expect(types.has(type[1]!), `${line}, twice`).toBe(false);
      types.set(type[1]!, type[2]!);
    } else {
      const sample = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
      expect(sample, line).not.toBeNull();
      const [, name, labels = '', value] = sample!;
      expect(labels.replaceAll(label, '').replaceAll(',', ''), line).toBe('');
      // `Nan` is the mean of nothing: of two scrapes within one turn of the loop's clock.
      if (!/^nan$/i.test(value!)) expect(Number.isNaN(Number(value!.replace('Inf', 'Infinity'))), line).toBe(false);
      const family = types.has(name!) ? name! : name!.replace(/_(bucket|sum|count)$/, '');
      expect(types.has(family) && helped.has(family), `${line}: of no family`).toBe(true);
      const key = keyOf(name!, Object.fromEntries([...labels.matchAll(label)].map(([, k, v]) => [k!, v!])));
      expect(series.has(key), `${key}, twice`).toBe(false);
      series.set(key, Number(value));
    }
  }
  return { types, text, value: (name, labels = {}) => series.get(keyOf(name, labels)) ?? 0 };
}
const keyOf = (name: string, labels: Record<string, string>): string =>
  `${name} ${JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)))}`;

describe('Every process: GET /metrics', () => {
  test('open to Prometheus, well-formed, and named as its conventions say', async () => {
    const { types } = await scrape();
    for (const [name, type] of types) {
      // What `promtool check metrics` looks for.
      if (type === 'counter') expect(name).toMatch(/_total$/);
      else expect(name).not.toMatch(/_(total|count|sum|bucket)$/);
      expect(name).not.toMatch(/[A-Z]|__|_(ms|milliseconds|minutes|hours)(_|$)/);
    }
    expect([...types.keys()]).toEqual(
      expect.arrayContaining(['process_cpu_seconds_total', 'nodejs_eventloop_lag_seconds', 'backroom_database_up', 'backroom_broker_up']),
    );
  });

  together.test('an order moves the counters, by pattern and status, and leaves nothing personal', async () => {
    const before = await scrape();
    const route = { method: 'POST', route: '/orders', status: '202' };
    const refused = { method: 'POST', route: '/orders', status: '422' };
    const read = { method: 'GET', route: '/orders/:id', status: '200' };
    const placed = await place(host, anOrder({ email: 'mallory@example.com', card: '4000000000000119' }));
    await reached(host, placed, 'completed');
    await host.http().post('/orders').send({}).expect(422);
    await host.http().get(`/nothing/${placed.id}`).expect(404);
    const count = 'backroom_http_request_duration_seconds_count';
    await vi.waitFor(async () => {
      const after = await scrape();
      const moved = (name: string, labels: Record<string, string>) => after.value(name, labels) - before.value(name, labels);
      expect(moved(count, route)).toBe(1);
      expect(moved(count, refused)).toBe(1);
      expect(moved(count, read)).toBeGreaterThan(0);
      expect(moved(count, { method: 'GET', route: 'none', status: '404' })).toBe(1);
      expect(after.value('backroom_http_request_duration_seconds_bucket', { ...route, le: '+Inf' })).toBe(after.value(count, route));
      for (const consumer of ['fulfilment', 'payments', 'notifications']) {
        expect(moved('backroom_consumer_handled_total', { role: consumer, consumer }), consumer).toBeGreaterThan(0);
      }
      expect(moved('backroom_consumer_handled_total', { role: 'relay', consumer: 'relay' })).toBeGreaterThan(3);
      for (const [role, kind] of [
        ['payments', 'authorise'],
        ['payments', 'capture'],
        ['fulfilment', 'print'],
        ['fulfilment', 'ship'],
      ] as const)
        expect(moved('backroom_effect_attempts_total', { role, kind, outcome: 'done' }), kind).toBe(1);
      // That card fails for a moment, then pays.
      expect(moved('backroom_effect_attempts_total', { role: 'payments', kind: 'authorise', outcome: 'failed' })).toBeGreaterThan(0);
      expect(moved('backroom_effect_retries_total', { role: 'payments', kind: 'authorise' })).toBeGreaterThan(0);
      expect(after.text).not.toMatch(/mallory|Ada|4000000000000119|Bearer|token/);
      expect(after.text).not.toContain(placed.id);
    });
  });

  test('the outbox, what waits, what was given up and who rests are seen', async () => {
    const pause = (paused: boolean) => host.http().patch('/workers/relay').set(host.operatorHeaders).send({ paused }).expect(200);
    await pause(true);
    const placed = await place(host);
    await host.sql(`INSERT INTO bookmarks (consumer, stream, head, dead_at) VALUES ('metrics-test', 'order:x', 1, now())`);
    try {
      await vi.waitFor(
        async () => {
          const seen = await scrape();
          expect(seen.value('backroom_outbox_news')).toBeGreaterThan(0);
          expect(seen.value('backroom_outbox_age_seconds')).toBeGreaterThan(0);
          expect(seen.value('backroom_dead_letters', { consumer: 'metrics-test' })).toBe(1);
          expect(seen.value('backroom_database_up')).toBe(1);
          expect(seen.value('backroom_broker_up')).toBe(1);
          if (!inject('apart')) expect(seen.value('backroom_role_paused', { role: 'relay' })).toBe(1);
        },
        { timeout: 20_000, interval: 250 },
      );
    } finally {
      await host.sql(`DELETE FROM bookmarks WHERE consumer = 'metrics-test'`);
      await pause(false);
    }
    await reached(host, placed, 'completed');
    await vi.waitFor(async () => expect((await scrape()).value('backroom_outbox_news')).toBe(0), { timeout: 20_000, interval: 250 });
  });

  test.skipIf(!promtool)('Prometheus’ own check finds nothing to say', async () => {
    const { status, stdout, stderr } = spawnSync(promtool!, ['check', 'metrics'], { input: (await scrape()).text, encoding: 'utf8' });
    expect([status, stdout, stderr]).toEqual([0, '', '']);
  });
});
