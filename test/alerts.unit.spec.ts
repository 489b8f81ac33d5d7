import { EmbeddedBus } from '#libs/bus';
import { Metrics } from '#libs/host';
import { Duties, Lags } from '#libs/platform';
import type { Database } from '#libs/store';
import { parser as promql } from '@prometheus-io/lezer-promql';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { measureShop } from '../libs/platform/shop-metrics.js';
import { promtool } from './setup/promtool.js';

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: { summary: string };
}
const read = (file: string): string => readFileSync(`deploy/${file}`, 'utf8');
const alerts = (parse(read('prometheus/alerts.yml')) as { groups: { rules: Alert[] }[] }).groups.flatMap(({ rules }) => rules);
interface Panel {
  readonly title: string;
  readonly targets?: { expr: string; legendFormat: string }[];
}
const { panels } = JSON.parse(read('grafana/backroom.json')) as { panels: Panel[] };
/** Each question, and the labels that what is said of its answer names. */
const asked = [
  ...alerts.map(({ alert, expr, annotations }) => [alert, expr, labelsIn(annotations.summary, /\$labels\.(\w+)/g)] as const),
  ...panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr, legendFormat }) => [title, expr, labelsIn(legendFormat, /\{\{(\w+)\}\}/g)] as const),
  ),
];
function labelsIn(text: string, label: RegExp): string[] {
  return [...text.matchAll(label)].map(([, name]) => name!);
}

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

type Node = ReturnType<typeof promql.parse>['topNode'];
const below = (node: Node, ...kinds: string[]): Node[] => {
  const found: Node[] = [];
  node.cursor().iterate((at) => void (kinds.includes(at.name) && found.push(at.node)));
  return found;
};

/** What an expression asks for: names of figures with the labels that each must have, and the labels that its answer has. */
function askedBy(expr: string): { figures: { name: string; labels: string[] }[]; left: readonly string[] } {
  // As Grafana does before it asks.
  const text = expr.replaceAll('$__rate_interval', '5m');
  const tree = promql.parse(text).topNode;
  const wrong = below(tree, '⚠').map(({ from }) => text.slice(from));
  if (wrong.length > 0) throw new Error(`no PromQL from here on: ${wrong[0]}`);
  const words = (node: Node, kind: string) => below(node, kind).map(({ from, to }) => text.slice(from, to));
  const figures = below(tree, 'VectorSelector').map((selector) => {
    const labels = words(selector, 'LabelName');
    // Whoever groups by a label, or matches on it, asks for it of all that is inside.
    for (let around = selector.parent; around; around = around.parent)
      for (const grouping of ['AggregateModifier', 'MatchingModifierClause']) {
        const own = around.getChild(grouping);
        if (own) labels.push(...words(own, 'LabelName'));
      }
    return { name: words(selector, 'Identifier')[0]!, labels };
  });
  // The first aggregate says what is left of the labels.
  const [first] = below(tree, 'AggregateExpr');
  const by = first?.getChild('AggregateModifier');
  return { figures, left: first ? (by ? words(by, 'LabelName') : []) : exposed.get(figures[0]!.name)! };
}

it.each(asked)('%s: asks for what /metrics has, and names what the answer has', (_, expr, named) => {
  const { figures, left } = askedBy(expr);
  for (const { name, labels } of figures) {
    expect([...exposed.keys()]).toContain(name);
    expect(exposed.get(name)).toEqual(expect.arrayContaining(labels));
  }
  expect(left).toEqual(expect.arrayContaining(named));
});

it('every figure of the shop’s own is shown', () => {
  const shown = new Set(
    panels
      .flatMap(({ targets = [] }) => targets)
      .flatMap(({ expr }) => askedBy(expr).figures)
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

describe.skipIf(!promtool)('promtool', () => {
  it.each([
    ['check', 'config', 'prometheus.yml'],
    ['check', 'rules', 'alerts.yml'],
    ['test', 'rules', 'alerts.test.yml'],
  ])('%s %s %s', (...args) => {
    const { status, stdout, stderr } = spawnSync(promtool!, args, { cwd: 'deploy/prometheus', encoding: 'utf8' });
    expect([status, status === 0 ? '' : stdout + stderr]).toEqual([0, '']);
  });
});
