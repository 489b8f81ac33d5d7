import { lanes, topicOf } from '#libs/bus';
import { readSettings } from '#libs/host';
import { topics } from '#libs/platform';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { notifyCustomer } from '../apps/notifications/notify-customer.js';
import { callBack } from '../apps/notifications/webhooks/call-back.js';
import { fulfilOrder } from '../apps/fulfilment/fulfil-order.js';
import { payOrder } from '../apps/payments/pay-order.js';
import { renderPhoto } from '../apps/thumbnails/render-photo.js';
import { here } from './setup/tools.js';

const folder = 'deploy/kubernetes';
const roles = readdirSync('apps').filter((name) => name !== 'backroom' && existsSync(`apps/${name}/main.ts`));

interface Container {
  args: string[];
  env: { name: string; valueFrom?: { secretKeyRef?: { name: string; key: string } } }[];
  envFrom: Record<string, { name: string }>[];
  lifecycle?: { preStop: { exec: { command: [string, string] } } };
}
interface Doc {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
  data: Record<string, string>;
  spec: {
    selector: { matchLabels: Record<string, string> };
    template: {
      metadata: { labels: Record<string, string> };
      spec: {
        containers: [Container];
        terminationGracePeriodSeconds: number;
        volumes: { persistentVolumeClaim?: { claimName: string } }[];
      };
    };
    scaleTargetRef: { name: string };
    maxReplicaCount: number;
    triggers: { type: string; metadata: Record<string, string> }[];
  };
}

describe.skipIf(!here('kubectl', 'version', '--client'))('deploy/kubernetes', () => {
  let docs: Doc[];
  const kubectl = spawnSync('kubectl', ['kustomize', folder], { encoding: 'utf8' });
  const of = (kind: string): Doc[] => docs.filter((doc) => doc.kind === kind);
  const deployment = (role: string): Doc => of('Deployment').find(({ metadata }) => metadata.name === role)!;
  beforeAll(() => {
    docs = parseAllDocuments(kubectl.stdout).map((doc) => doc.toJS() as Doc);
  });

  it('is built of every file there is', () => {
    expect(kubectl.stderr).toBe('');
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
      (file) => file.endsWith('.yaml') && file !== 'kustomization.yaml',
    );
    const named = readFileSync(path.join(folder, 'kustomization.yaml'), 'utf8');
    expect(files.filter((file) => !named.includes(` ${file}`))).toEqual([]);
  });

  it('has no field, and no value of a type, that Kubernetes and KEDA do not know', () => {
    // One with a field that there is not is laid beside them, to see that it would be seen.
    const [first] = of('Deployment') as [Doc];
    const wrong = { ...first, spec: { ...first.spec, replica: 2 } } as Doc;
    expect(strange([...docs, wrong])).toEqual([expect.stringContaining(`'"replica"' does not exist in type 'IDeploymentSpec'`)]);
  }, 60_000);

  it('has no value that they refuse', async () => {
    for (const doc of docs) {
      const [from, name] = modelOf(doc);
      const models = (await import(from)) as Record<string, new (data: object) => { validate(): void }>;
      expect(() => new models[name]!(doc).validate(), `${doc.kind} ${doc.metadata.name}`).not.toThrow();
    }
  }, 60_000);

  it('runs each role, by its own login, and disrupts one instance of it at a time', () => {
    expect(
      of('Deployment')
        .map(({ metadata }) => metadata.name)
        .toSorted(),
    ).toEqual(roles.toSorted());
    for (const role of roles) {
      const { selector, template } = deployment(role).spec;
      const [container] = template.spec.containers;
      expect(container.args).toEqual([role]);
      expect(container.env).toContainEqual({ name: 'DATABASE_URL', valueFrom: { secretKeyRef: { name: 'backroom-database', key: role } } });
      expect(template.metadata.labels).toMatchObject(selector.matchLabels);
      const budget = of('PodDisruptionBudget').find(({ metadata }) => metadata.name === role)!;
      expect(template.metadata.labels).toMatchObject(budget.spec.selector.matchLabels);
    }
  });

  it('leaves the private key of cards to payments alone', () => {
    const claims = (role: string) => deployment(role).spec.template.spec.volumes.map((volume) => volume.persistentVolumeClaim?.claimName);
    expect(roles.filter((role) => claims(role).includes('payment-keys'))).toEqual(['payments']);
  });

  it('holds no secret, and no setting that is none', () => {
    expect(of('Secret')).toEqual([]);
    const [{ data }] = of('ConfigMap') as [Doc];
    const known = readFileSync('libs/host/settings.ts', 'utf8');
    expect(Object.keys(data).filter((name) => !new RegExp(`^  ${name}: `, 'm').test(known))).toEqual([]);
    expect(() => readSettings(data)).not.toThrow();
    const migrates = readFileSync('tools/migrate/settings.ts', 'utf8');
    const [{ spec }] = of('Job') as [Doc];
    for (const { name } of spec.template.spec.containers[0].env) expect(migrates).toContain(name);
  });

  it('leaves each the time to stop that it takes', () => {
    const seconds = readSettings(of('ConfigMap')[0]!.data).STOP_WITHIN_SECONDS;
    for (const role of roles) {
      const { terminationGracePeriodSeconds, containers } = deployment(role).spec.template.spec;
      const before = Number(containers[0].lifecycle?.preStop.exec.command[1] ?? 0);
      expect(terminationGracePeriodSeconds).toBeGreaterThan(before + seconds);
    }
  });

  it('scales by the lag of the groups that there are, each in all lanes, and to no more than there are partitions', () => {
    const readers = {
      fulfilment: [fulfilOrder],
      payments: [payOrder],
      notifications: [notifyCustomer, callBack],
      thumbnails: [renderPhoto],
      jobs: [],
    };
    expect(
      of('ScaledObject')
        .map(({ spec }) => spec.scaleTargetRef.name)
        .toSorted(),
    ).toEqual(Object.keys(readers).toSorted());
    for (const { spec } of of('ScaledObject')) {
      const { name } = spec.scaleTargetRef;
      const groups = readers[name as keyof typeof readers].flatMap(({ name: group, about }) =>
        lanes.map((lane) => ({ consumerGroup: `${group}.${topicOf(about.topic, lane)}`, topic: topicOf(about.topic, lane) })),
      );
      const kafka = spec.triggers
        .filter(({ type }) => type === 'kafka')
        .map(({ metadata: { consumerGroup, topic } }) => ({ consumerGroup, topic }));
      expect(kafka.toSorted(byGroup)).toEqual(groups.toSorted(byGroup));
      expect(deployment(name).spec).not.toHaveProperty('replicas');
      expect(spec.maxReplicaCount).toBeLessThanOrEqual(topics()[0]!.partitions);
    }
    expect(of('ScaledObject').filter(({ spec }) => spec.triggers.some(({ type }) => type === 'cron')).length).toBeGreaterThan(0);
  });
});

const byGroup = (a: { consumerGroup?: string }, b: { consumerGroup?: string }): number => (a.consumerGroup! < b.consumerGroup! ? -1 : 1);

/** The models that are made of Kubernetes' own OpenAPI, and of KEDA's. */
function modelOf({ apiVersion, kind }: Doc): [from: string, name: string] {
  return [
    apiVersion.startsWith('keda.sh/') ? `@kubernetes-models/keda/${apiVersion}/${kind}` : `kubernetes-models/${apiVersion}/${kind}`,
    kind,
  ];
}

/** What the compiler says where each document is written down as a literal of its model's type. */
function strange(docs: readonly Doc[]): string[] {
  const text = docs
    .map((doc, nth) => {
      const [from, name] = modelOf(doc);
      return `import type { I${name} as T${nth} } from '${from}'; export const d${nth}: T${nth} = ${JSON.stringify(doc)};`;
    })
    .join('\n');
  const file = path.resolve('test/manifests.ts');
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.getSourceFile = (name, ...rest) =>
    name === file ? ts.createSourceFile(name, text, ts.ScriptTarget.ES2023) : getSourceFile(name, ...rest);
  host.fileExists = (name) => name === file || fileExists(name);
  host.readFile = (name) => (name === file ? text : readFile(name));
  const program = ts.createProgram([file], options, host);
  return program
    .getSemanticDiagnostics(program.getSourceFile(file))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}
