import { pauseMs } from '#libs/backoff';

/** A handler's tries before its stream becomes a dead letter: about ten minutes of them. */
const tries = 12;

/** Milliseconds until the next try after so many failures in a row; null: it was the last. */
export const tryAgainInMs = (failures: number): number | null =>
  failures >= tries ? null : pauseMs({ firstMs: 250, maxMs: 120_000 }, failures);
