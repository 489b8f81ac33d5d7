import type { Duty } from '#libs/work';
import { setTimeout as sleep } from 'node:timers/promises';

const lookMs = 250;

/** Does the work while the role does not rest: told to stop when it does, begun anew when it goes on. Until `signal` is aborted. */
export async function unlessPaused(duty: Duty, signal: AbortSignal, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    if (duty.rests) {
      await sleep(lookMs, undefined, { signal }).catch(() => {});
      continue;
    }
    const resting = new AbortController();
    const watch = setInterval(() => duty.rests && resting.abort(), lookMs);
    try {
      await work(AbortSignal.any([signal, resting.signal]));
    } catch (error) {
      if (!resting.signal.aborted) throw error;
    } finally {
      clearInterval(watch);
    }
    if (!resting.signal.aborted) return;
  }
}
