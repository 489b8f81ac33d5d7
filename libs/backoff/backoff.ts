import { setTimeout as sleep } from 'node:timers/promises';

export interface Backoff {
  /** Milliseconds before the second try; each further pause is twice as long. */
  readonly firstMs: number;
  readonly maxMs: number;
}

/** @param failures in a row, from 1. Half of the pause is chance, so that those who failed together don't come back together. */
export const pauseMs = ({ firstMs, maxMs }: Backoff, failures: number): number => {
  const full = Math.min(maxMs, firstMs * 2 ** Math.min(failures - 1, 30));
  return full / 2 + Math.random() * (full / 2);
};

/** Resolves after the pause, or at once when the signal is given. */
export const pause = async (backoff: Backoff, failures: number, signal: AbortSignal): Promise<void> => {
  await sleep(pauseMs(backoff, failures), undefined, { signal }).catch(() => undefined);
};
