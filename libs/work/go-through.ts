import { pause, pauseMs } from '#libs/backoff';
import {
  endRun,
  holdRun,
  isOutage,
  releaseRun,
  saveCheckpoint,
  writeRunLog,
  type Database,
  type RunLine,
  type RunRow,
  type RunState,
  type Tx,
} from '#libs/store';
import type { Duty } from './duty.js';
import { RunFailed, type AnyJob, type Run } from './job.js';
import { withinSignal } from './within-signal.js';

export interface JobParts {
  readonly db: Database;
  /** Its role's. */
  readonly duty?: Duty;
  /** Names this process in the runs it takes up. */
  readonly instance: string;
  log(level: 'info' | 'warn' | 'error', message: string, details?: object): void;
  /** How long a claim lasts without a sign of life, in milliseconds. */
  readonly leaseMs?: number;
  /** How often it is looked for runs, in milliseconds. */
  readonly lookMs?: number;
  /** How many runs this process is at, at most. Each holds a connection while it makes a step. */
  readonly atOnce?: number;
  /** How often a checkpoint is gone on from before its run is given up. */
  readonly attempts?: number;
  /** How long a step may take, in milliseconds. */
  readonly stepMs?: number;
  /** The pause after a first failure, in milliseconds; it doubles up to half a minute. */
  readonly firstPauseMs?: number;
}

export interface Going {
  /** When nothing more is done about it here. Never rejects. */
  readonly over: Promise<void>;
  /** Its process stops: the step being made is told so, and waited for so long at most. */
  leave(withinMs: number): Promise<void>;
}

/** The run is another's by now. */
class Lost extends Error {}

class TookTooLong extends Error {}

/** Goes through a run that was claimed, step after step, until it has ended, was let go of, or is another's. */
export function goThrough(job: AnyJob, row: RunRow, claim: string, parts: JobParts & { leaseMs: number }): Going {
  const { db, log, leaseMs, attempts: most = 5, stepMs = 60_000, firstPauseMs = 500 } = parts;
  const { id } = row;
  const stopAsked = new AbortController();
  // No longer waited for.
  const abandoned = new AbortController();
  abandoned.signal.addEventListener('abort', () => stopAsked.abort(), { once: true });
  const timers = new Set<NodeJS.Timeout>();
  const after = (ms: number, work: () => void): void => void timers.add(setTimeout(work, ms));
  let lines: RunLine[] = [];
  let state: RunState = row.state;
  let attempts = row.attempts;
  let checkpoint: unknown = row.checkpoint;
  const say = (level: RunLine['level'], message: string): void => void lines.push({ at: new Date().toISOString(), level, message });
  const run: Run = { id, signal: stopAsked.signal, log: say };

  let until = Infinity;
  const stop = (withinMs: number): void => {
    stopAsked.abort();
    until = Math.min(until, performance.now() + withinMs);
    after(withinMs, () => abandoned.abort());
  };

  const heard = (now: RunState | undefined): void => {
    if (now === undefined) return stop(0);
    if (now === 'cancelling' && !cancelling()) stop(row.stoppingWaitSeconds * 1_000);
    state = now;
  };

  // A sign of life, and an ear for who wants it cancelled.
  const hold = setInterval(
    () => void holdRun(db, id, claim, leaseMs).then(heard, (error: unknown) => log('warn', 'could not hold a run', { run: id, error })),
    Math.min(1_000, leaseMs / 3),
  );

  /** All or nothing, and nothing once the run is another's. */
  const fenced = async (work: (tx: Tx) => Promise<boolean>): Promise<void> => {
    await db.transaction(async (tx) => {
      if (!(await work(tx))) throw new Lost();
      await writeRunLog(tx, id, lines);
    });
    lines = [];
  };

  const end = (how: 'succeeded' | 'failed' | 'cancelled', result: unknown): Promise<void> =>
    fenced((tx) => endRun(tx, id, claim, how, result));

  const letGo = (afterMs: number, counts: boolean): Promise<void> => fenced((tx) => releaseRun(tx, id, claim, { afterMs, counts }));

  const cancelling = (): boolean => state === 'cancelling';

  /** @returns whether that was the last step */
  async function step(): Promise<boolean> {
    const late = setTimeout(() => abandoned.abort(new TookTooLong(`A step took longer than ${stepMs / 1000} s.`)), stepMs);
    let last = false;
    try {
      if (checkpoint === null) {
        const first = await withinSignal(Promise.resolve(job.start(job.input.parse(row.input), run)), abandoned.signal);
        await fenced((tx) => saveCheckpoint(tx, id, claim, first, 0));
        checkpoint = first;
        attempts = 1;
      }
      await fenced(async (tx) => {
        const done = await withinSignal(job.step(tx, checkpoint, run), abandoned.signal);
        last = 'result' in done;
        if ('result' in done) return endRun(tx, id, claim, 'succeeded', done.result);
        checkpoint = done.next;
        return saveCheckpoint(tx, id, claim, done.next, done.progress);
      });
      attempts = 1;
    } finally {
      clearTimeout(late);
    }
    return last;
  }

  async function leave(): Promise<void> {
    if (!job.leave) return;
    const withinMs = Math.max(0, Math.min(row.stoppingWaitSeconds * 1_000, until - performance.now()));
    // No AbortSignal.timeout in an AbortSignal.any: Node 20 lets go of it at the next garbage collection, and it never fires.
    const longEnough = new AbortController();
    const enough = (): void => longEnough.abort();
    after(withinMs, enough);
    if (abandoned.signal.aborted) enough();
    abandoned.signal.addEventListener('abort', enough, { once: true });
    await withinSignal(job.leave(run, withinMs), longEnough.signal).catch((error: unknown) =>
      log('warn', 'could not wait for what a run had begun', { run: id, error }),
    );
  }

  async function go(): Promise<void> {
    if (cancelling()) return end('cancelled', null);
    // Whoever took it up before did not live to say so.
    if (attempts > most) return failed(`${most} times its process died, or did not answer, at the same checkpoint.`);
    try {
      while (!stopAsked.signal.aborted) {
        if (await step()) return;
      }
    } finally {
      await leave();
    }
    if (cancelling()) return end('cancelled', null);
    return letGo(0, false);
  }

  function failed(reason: string): Promise<void> {
    say('error', reason);
    return end('failed', { reason });
  }

  async function wrong(error: unknown): Promise<void> {
    if (error instanceof Lost) throw error;
    if (cancelling()) return end('cancelled', null);
    // It was told to stop, and did.
    if (stopAsked.signal.aborted && !(abandoned.signal.reason instanceof TookTooLong)) return letGo(0, false);
    if (isOutage(error)) return letGo(pauseMs({ firstMs: firstPauseMs, maxMs: 30_000 }, attempts), false);
    const reason = reasonOf(error);
    if (attempts >= most || error instanceof RunFailed) return failed(reason);
    say('error', `${reason} (attempt ${attempts} of ${most})`);
    return letGo(pauseMs({ firstMs: firstPauseMs, maxMs: 30_000 }, attempts), true);
  }

  async function untilSaid(work: () => Promise<void>): Promise<void> {
    // Where the database is away there is nobody to tell; should the claim run out meanwhile, this tells nothing any more.
    for (let failures = 1; ; failures++) {
      try {
        return await work();
      } catch (error) {
        if (error instanceof Lost || !isOutage(error)) throw error;
        await pause({ firstMs: 100, maxMs: 5_000 }, failures, abandoned.signal);
        if (abandoned.signal.aborted) throw error;
      }
    }
  }

  const over = go()
    .catch((error: unknown) => untilSaid(() => wrong(error)))
    .catch((error: unknown) =>
      log('warn', error instanceof Lost ? 'a run has passed to another' : 'could not say how a run went', { run: id, error }),
    )
    .finally(() => {
      clearInterval(hold);
      timers.forEach(clearTimeout);
    });
  return {
    over,
    async leave(withinMs) {
      stop(Math.min(withinMs, row.stoppingWaitSeconds * 1_000));
      await over;
    },
  };
}

/** A database's message may quote what a customer has typed. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'It failed without a reason.';
  return 'severity' in error && 'code' in error ? `The database refused (${String(error.code)}).` : error.message;
}
