import type { Ask } from './ask.js';
import { keyOfRound, type Outcome } from './effect.js';

/**
 * What became of an effect of which nobody heard. Each definite failure began a new key (`effect:2`), so its keys are asked for one after the
 * other, up to the first that the other side has never seen.
 */
export async function findLast<O>(ask: Ask, path: string, key: string, signal: AbortSignal): Promise<Outcome<O> | 'absent'> {
  for (let round = 1; ; round++) {
    const found = await ask.lookup<O>(path, keyOfRound(key, round), signal);
    if (found === 'absent' || 'done' in found || 'ambiguous' in found) return found;
    if ('refused' in found) return 'absent';
  }
}

/** A request whose time ran out may still be under way: its signal ends it here, and not on the other side. */
const mayStillCome = { looks: 3, apartMs: 10_000 };

/**
 * Whether what is absent can be taken for never having been, at this attempt: not at once after a request that nobody heard of again.
 * @returns `undefined` if it can, else what to answer instead
 */
export const notYetAbsent = (attempt: number): Outcome<never> | undefined =>
  attempt > mayStillCome.looks ? undefined : { failed: 'There is nothing so far; it may still come.', retryAfterMs: mayStillCome.apartMs };
