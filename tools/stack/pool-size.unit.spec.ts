import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { poolSize, readPools, roomFor, usual, type Look } from './pool-size.js';

const size = { min: 1, max: 4, each: 500, coolMs: 60_000 };
const lags = (...all: number[]): Look[] => all.map((lag, n) => ({ at: n * 10_000, lag }));

describe('the size of a pool', () => {
  it.each([
    [0, 1],
    [1, 1],
    [500, 1],
    [501, 2],
    [1_500, 3],
    [1_501, 4],
    [1_000_000, 4],
  ])('is, for %i that wait, %i', (lag, wanted) => expect(poolSize(size, lags(lag), 0)).toBe(wanted));

  it('grows at once and shrinks to the most that was wanted lately', () => {
    const looks = lags(0, 2_000, 1_000, 0, 0, 0, 0, 0, 0);
    const seen = looks.map((_, n) => poolSize(size, looks.slice(0, n + 1), n * 10_000));
    expect(seen).toEqual([1, 4, 4, 4, 4, 4, 4, 2, 1]);
  });

  it('is the least where nobody has looked', () => expect(poolSize({ ...size, min: 2 }, [], 0)).toBe(2));
});

describe('the room for pools', () => {
  it.each([
    [197, 4, undefined, 12],
    [97, 4, undefined, 3],
    [97, 4, 2, 19],
    [40, 4, undefined, 0],
  ])('is, of %i connections, with %i processes that are there for good and %s each, for %i more', (connections, forGood, each, room) =>
    expect(roomFor(connections, forGood, each)).toBe(room),
  );
});

describe('POOL', () => {
  const roles = ['thumbnails', 'payments'];

  it('says of each role how many, and for how much work', () => {
    const one = { min: 1, max: 1, each: 500, coolMs: 300_000 };
    expect([...readPools('thumbnails:1-4', undefined, roles)]).toEqual([
      ['thumbnails', { ...one, max: 4 }],
      ['payments', one],
    ]);
    expect([...readPools('thumbnails:1-4, payments:2-3/20', '30', roles)]).toEqual([
      ['thumbnails', { min: 1, max: 4, each: 500, coolMs: 30_000 }],
      ['payments', { min: 2, max: 3, each: 20, coolMs: 30_000 }],
    ]);
  });

  it.each(['thumbnails', 'thumbnails:4-1', 'thumbnails:0-4', 'thumbnails:1-4/0', 'api:1-2', 'thumbnails:1-4;payments:1-2'])(
    'is refused by a sentence where it is %s',
    (text) => expect(() => readPools(text, undefined, roles)).toThrow(/^POOL must be like/),
  );

  it('cools for a number of seconds', () => expect(() => readPools('', '5m', roles)).toThrow(/^POOL_COOL_SECONDS must be/));
});

interface Scaled {
  kind: string;
  spec: {
    scaleTargetRef: { name: string };
    minReplicaCount: number;
    cooldownPeriod: number;
    advanced?: object;
    triggers: { type: string; metadata: Record<string, string> }[];
  };
}

it('is what it is on Kubernetes', () => {
  const scaled = parseAllDocuments(readFileSync('deploy/kubernetes/scaling.yaml', 'utf8'))
    .map((doc) => doc.toJS() as Scaled)
    .filter(({ kind, spec }) => kind === 'ScaledObject' && spec.triggers.some(({ type }) => type === 'kafka'));
  expect(scaled.length).toBeGreaterThan(0);
  for (const { spec } of scaled) {
    const { name } = spec.scaleTargetRef;
    // The autoscaler's own wait, as nothing else is said, is five minutes, as KEDA's.
    expect([spec.minReplicaCount, spec.cooldownPeriod * 1000, spec.advanced], name).toEqual([usual.min, usual.coolMs, undefined]);
    const targets = spec.triggers.flatMap(({ metadata: { lagThreshold, targetValue } }) => lagThreshold ?? targetValue ?? []);
    expect(new Set(targets.map(Number)), name).toEqual(new Set([usual.each]));
    const [asked] = spec.triggers.filter(({ type }) => type === 'metrics-api');
    expect(asked?.metadata.valueLocation, name).toBe(`items.#(role=="${name}").lag`);
  }
});
