import type { Ask } from './ask.js';
import type { Outcome } from './effect.js';

/**
 * What became of an effect of which nobody heard. Each definite failure began a new key (`effect:2`), so its keys are asked for one after the
 * other, up to the first that the other side has never seen.
 */
export async function findLast<O>(ask: Ask, path: string, key: string, signal: AbortSignal): Promise<Outcome<O> | 'absent'> {
  for (let round = 1; ; round++) {
    const found = await ask.lookup<O>(path, keyOf(key, round), signal);
    if (found === 'absent' || 'done' in found || 'ambiguous' in found) return found;
    if ('refused' in found) return 'absent';
  }
}

/** The key that the other side sees. */
export const keyOf = (key: string, round: number): string => (round === 1 ? key : `${key}:${round}`);
