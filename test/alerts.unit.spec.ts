import { EmbeddedBus } from '#libs/bus';
import { Metrics } from '#libs/host';
import { Duties, Lags } from '#libs/platform';
import type { Database } from '#libs/store';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { measureShop } from '../libs/platform/shop-metrics.js';

interface Alert {
  readonly alert: string;
  readonly expr: string;
}
const read = (file: string): string => readFileSync(`deploy/${file}`, 'utf8');
const alerts = (parse(read('prometheus/alerts.yml')) as { groups: { rules: Alert[] }[] }).groups.flatMap(({ rules }) => rules);
interface Panel {
  readonly title: string;
  readonly targets?: { expr: string }[];
}
const { panels } = JSON.parse(read('grafana/backroom.json')) as { panels: Panel[] };
const asked = [
  ...alerts.map(({ alert, expr }) => [alert, expr] as const),
  ...panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => [title, expr] as const)),
];

/** What /metrics has: each name, with its labels. */
const exposed = new Map<string, readonly string[]>();
beforeAll(async () => {
  const metrics = new Metrics();
  measureShop(metrics, { db: {} as Database, lags: new Lags(new EmbeddedBus()), duties: new Duties([]) });
  for (const { name, type } of await metrics.registry.getMetricsAsJSON()) {
    const { labelNames } = metrics.registry.getSingleMetric(name) as unknown as { labelNames: string[] };
    // `role`, like `instance` and `job`, is also what Prometheus is told of a process.
    const labels = [...labelNames, 'role', 'instance', 'job'];
    exposed.set(name, labels);
    if (String(type) === 'histogram') for (const end of ['_count', '_sum', '_bucket']) exposed.set(name + end, [...labels, 'le']);
  }
  exposed.set('up', ['role', 'instance', 'job']);
});

/** The names in an expression, and what each is asked for by its labels. */
function names(expr: string): { name: string; labels: string[] }[] {
  const bare = expr.replaceAll(/\[[^\]]*\]/g, '');
  return [...bare.matchAll(/\b(up|(?:backroom|nodejs|process)_\w+)(?:\{([^}]*)\})?/g)].map(([, name, labels = '']) => ({
    name: name!,
    labels: [...labels.matchAll(/(\w+)\s*[=!]~?"/g)].map(([, label]) => label!),
  }));
}

it.each(asked)('%s: asks for what /metrics has', (_, expr) => {
  const found = names(expr);
  expect(found.length).toBeGreaterThan(0);
  const by = [...expr.matchAll(/\bby \(([^)]+)\)/g)].flatMap(([, labels]) => labels!.split(/,\s*/));
  for (const { name, labels } of found) {
    expect([...exposed.keys()]).toContain(name);
    expect(exposed.get(name)).toEqual(expect.arrayContaining(labels));
  }
  const any = found.flatMap(({ name }) => exposed.get(name)!);
  expect(any).toEqual(expect.arrayContaining(by));
});

it('every figure of the shop’s own is shown', () => {
  const shown = new Set(
    panels
      .flatMap(({ targets = [] }) => targets)
      .flatMap(({ expr }) => names(expr))
      .map(({ name }) => name.replace(/_(count|bucket)$/, '')),
  );
  const own = [...exposed.keys()].filter((name) => name.startsWith('backroom_') && !/seconds_(count|sum|bucket)$/.test(name));
  expect(own.filter((name) => !shown.has(name))).toEqual([]);
});

it('what to do about each alert is written down', () => {
  const section = /^## Alerts\n([^]*?)^## /m.exec(readFileSync('docs/operations.md', 'utf8'))![1]!;
  const told = [...section.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name!);
  expect(told.toSorted()).toEqual(alerts.map(({ alert }) => alert).toSorted());
});

it('each alert has a test of its own', () => {
  const tests = (
    parse(read('prometheus/alerts.test.yml')) as { tests: { alert_rule_test: { alertname: string; exp_alerts: unknown[] }[] }[] }
  ).tests;
  const fired = tests.flatMap((one) =>
    one.alert_rule_test.filter(({ exp_alerts }) => exp_alerts.length > 0).map(({ alertname }) => alertname),
  );
  expect([...new Set(fired)].toSorted()).toEqual(alerts.map(({ alert }) => alert).toSorted());
});

const promtool = process.env.PROMTOOL ?? 'promtool';
const here = spawnSync(promtool, ['--version']).status === 0;
if (!here) console.warn('The rules are not run by Prometheus: there is no promtool here, and PROMTOOL names none.');

describe.skipIf(!here)('promtool', () => {
  it.each([
    ['check', 'config', 'prometheus.yml'],
    ['check', 'rules', 'alerts.yml'],
    ['test', 'rules', 'alerts.test.yml'],
  ])('%s %s %s', (...args) => {
    const { status, stdout, stderr } = spawnSync(promtool, args, { cwd: 'deploy/prometheus', encoding: 'utf8' });
    expect([status, status === 0 ? '' : stdout + stderr]).toEqual([0, '']);
  });
});
