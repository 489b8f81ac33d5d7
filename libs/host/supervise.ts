import { pause } from '#libs/backoff';
import type { Health } from './health.js';
import type { Log } from './log.js';
import { within } from './within.js';

/** Runs until its signal is aborted. `beat` says that its loop has come round. */
export type Task = (signal: AbortSignal, beat: () => void) => Promise<void>;

export interface SuperviseOptions {
  log: Log;
  health?: Health;
  /** How long its loop may take to come round, in milliseconds, before the process counts as hung. Not watched if left out. */
  beatWithinMs?: number;
  /** The pause after a first failure, and the longest one. */
  firstPauseMs?: number;
  longestPauseMs?: number;
}

export interface Supervised {
  /** Aborts it and waits, at most that long. Resolves to whether it has ended. */
  stop(withinMs: number): Promise<boolean>;
}

/**
 * Keeps a task running. When it throws, or ends unasked, it starts again after a pause that doubles, with jitter, so that the processes
 * that lost the same dependency do not come back in step; a task that held out longer than the longest pause starts afresh. Other tasks
 * go on. While it fails, `/health` says so; `live` does not, as a failing task is alive.
 */
export function supervise(name: string, task: Task, options: SuperviseOptions): Supervised {
  const { log, health, beatWithinMs, firstPauseMs = 250, longestPauseMs = 15_000 } = options;
  const abort = new AbortController();
  const loop = beatWithinMs === undefined ? undefined : health?.loop(name, { allowedMs: beatWithinMs });
  let failures = 0;
  let lastFailure: string | undefined;

  health?.add({
    name,
    readiness: false,
    check: () => {
      if (lastFailure !== undefined) throw new Error(`${lastFailure} (failed ${failures} times in a row)`);
    },
  });

  const attempt = async (): Promise<void> => {
    const startedAt = performance.now();
    const beat = () => {
      // What comes round after a failure works again.
      lastFailure = undefined;
      loop?.beat();
    };
    try {
      loop?.beat();
      await task(abort.signal, beat);
      if (!abort.signal.aborted) throw new Error('It ended without being asked to.');
    } catch (error) {
      if (abort.signal.aborted) return;
      if (performance.now() - startedAt > longestPauseMs) failures = 0;
      failures += 1;
      lastFailure = error instanceof Error ? error.message : String(error);
      log.error({ task: name, failures, error }, 'a task failed and will start again');
    } finally {
      loop?.rest();
    }
  };

  const run = async (): Promise<void> => {
    while (!abort.signal.aborted) {
      await attempt();
      await pause({ firstMs: firstPauseMs, maxMs: longestPauseMs }, failures, abort.signal);
    }
    loop?.end();
    health?.remove(name);
  };

  const ended = run();
  return {
    stop: (withinMs) => {
      abort.abort();
      return within(withinMs, ended);
    },
  };
}
