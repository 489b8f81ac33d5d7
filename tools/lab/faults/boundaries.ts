import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../random.js';
import type { LabRole } from '../stack/role.js';

/** Passed at every turn of a loop that only looks whether there is anything: a death there says little, once is enough. */
const dull = /outbox-read|bookmarks-due|lease-take|wake|status-read/;

interface Chain {
  readonly random: Random;
  /** `role boundary` → how often it was died at. */
  readonly hits: Map<string, number>;
  /** Prefer these. */
  readonly only?: RegExp;
  /** Between a role's being ready and its next death being foretold, at most. */
  readonly breathMs: number;
  readonly signal: AbortSignal;
}

/**
 * A role's life of deaths: each time it is up, it is told to die at one more of the boundaries that it is known to pass, those first that it
 * has died at least often. What is not passed in a while is left for another time.
 */
export async function dieAtBoundaries(role: LabRole, { random, hits, only, breathMs, signal }: Chain): Promise<void> {
  const hit = (boundary: string): number => hits.get(`${role.name} ${boundary}`) ?? 0;
  while (!signal.aborted) {
    await Promise.race([role.ready(), aborted(signal)]);
    await sleep(random.whole(0, breathMs), undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    const known = role.boundaries().filter((one) => !only || only.test(one) || random.chance(0.05));
    const target = random
      .shuffled(known)
      .filter((one) => !dull.test(one) || hit(one) === 0)
      .toSorted((a, b) => hit(a) - hit(b))[0];
    if (!target || role.frozen) continue;
    role.arm(target, random.chance(0.7) ? 1 : random.whole(2, 5));
    await Promise.race([role.gone(), sleep(8_000, undefined, { signal }).catch(() => {})]);
  }
  role.arm('none', 1);
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((done) => (signal.aborted ? done() : signal.addEventListener('abort', () => done(), { once: true })));
