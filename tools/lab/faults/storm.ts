import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../random.js';
import { faultKinds } from './all.js';
import { dieAtBoundaries } from './boundaries.js';
import type { FaultKind, Scene } from './fault.js';

interface Storm extends Scene {
  /** Names of faults, and `boundaries`. */
  readonly kinds: readonly string[];
  readonly hits: ReadonlyMap<string, number>;
  readonly only?: RegExp;
}

/** Everything at once: each role dies at boundary after boundary, while one fault after the other strikes, and one role is always frozen. Until the signal is given. */
export async function storm({ kinds, hits, only, ...scene }: Storm): Promise<void> {
  const { stack, roles, random, signal } = scene;
  const wanted = faultKinds.filter(({ name }) => kinds.includes(name));
  const slow = wanted.filter(({ name }) => name === 'freeze');
  const quick = wanted.filter(({ name }) => name !== 'freeze');
  const dying = kinds.includes('boundaries') ? roles.map((name) => stack.roles.get(name)!) : [];
  await Promise.all([
    ...dying.map((role) => dieAtBoundaries(role, { random: random.fork(role.name), hits, only, breathMs: 3_000, signal })),
    inTurn(slow, { ...scene, random: random.fork('slow') }),
    inTurn(quick, { ...scene, random: random.fork('quick') }),
    new Promise((end) => signal.addEventListener('abort', end, { once: true })),
  ]);
}

async function inTurn(kinds: readonly FaultKind[], scene: Scene): Promise<void> {
  const { random, roles, signal } = scene;
  const next = endless(random, kinds);
  const role = endless(random, roles);
  while (kinds.length > 0 && !signal.aborted) {
    // Each role in its turn.
    await next().strike({ ...scene, roles: [role()] });
    await sleep(random.whole(500, 3_000), undefined, { signal }).catch(() => {});
  }
}

/** All of them in some order, then all in another. */
function endless<T>(random: Random, items: readonly T[]): () => T {
  let left: T[] = [];
  return () => {
    if (left.length === 0) left = random.shuffled(items);
    return left.pop()!;
  };
}
