import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../random.js';
import type { LabRole } from '../stack/role.js';

interface Chain {
  readonly random: Random;
  /** `role boundary` → how often it was died at. */
  readonly hits: ReadonlyMap<string, number>;
  /** Only these, if there are any. */
  readonly only?: RegExp;
  /** Between a role's being ready and its next death being foretold, at most. */
  readonly breathMs: number;
  readonly signal: AbortSignal;
}

/**
 * A role's life of deaths: each time it is up, it is told to die at one of the boundaries that it is known to pass and has died at least
 * often, whichever comes first; so that even one it seldom passes has its turn.
 */
export async function dieAtBoundaries(role: LabRole, { random, hits, only, breathMs, signal }: Chain): Promise<void> {
  const hit = (boundary: string): number => hits.get(`${role.name} ${boundary}`) ?? 0;
  while (!signal.aborted) {
    await Promise.race([role.ready(), aborted(signal)]);
    await sleep(random.whole(breathMs / 4, breathMs), undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    const known = [...new Set(role.boundaries())].filter((one) => only?.test(one) ?? true);
    const least = Math.min(...known.map(hit));
    if (known.length === 0 || role.frozen) continue;
    role.arm(
      known.filter((one) => hit(one) === least),
      random.chance(0.7) ? 1 : random.whole(2, 6),
    );
    await Promise.race([role.gone(), sleep(8_000, undefined, { signal }).catch(() => {})]);
  }
  role.arm([], 1);
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((done) => (signal.aborted ? done() : signal.addEventListener('abort', () => done(), { once: true })));
