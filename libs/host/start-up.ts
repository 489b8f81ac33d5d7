import { pause } from '#libs/backoff';
import type { Health } from './health.js';
import type { Log } from './log.js';
import { supervise, type Supervised } from './supervise.js';

/** Done once. Aborted when the process stops. */
export type StartUpTask = (signal: AbortSignal) => Promise<unknown>;

/** Its message is a sentence for whoever started the process. */
export class StartUpError extends Error {
  override readonly name = 'StartUpError';

  constructor(task: string, cause: unknown) {
    super(`The start-up task “${task}” failed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

interface Parts {
  readonly health: Health;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Whether an error says that something we need is away, which no restart brings back. */
  readonly isOutage: (error: unknown) => boolean;
}

/** What a process does once, in the beginning; its own injection token. Modules add to it while they are made. */
export class StartUp {
  private readonly before: [string, StartUpTask][] = [];
  private readonly beside: [string, StartUpTask][] = [];
  private running: Supervised[] = [];

  /** The process is not ready before it is done. Where it fails, the start does; while what it needs is away, it is tried again. */
  foreground(name: string, task: StartUpTask): void {
    this.before.push([name, task]);
  }

  /** The process is ready without it. While it fails, it is tried again, and `/health` says so. */
  background(name: string, task: StartUpTask): void {
    this.beside.push([name, task]);
  }

  /** @throws {StartUpError} naming the first that failed; the signal's reason when it is aborted */
  async prepare({ health, log, signal, isOutage }: Parts): Promise<void> {
    for (const [name, task] of this.before) {
      for (let failures = 0; ;) {
        signal.throwIfAborted();
        try {
          await task(signal);
          break;
        } catch (error) {
          if (!isOutage(error)) throw new StartUpError(name, error);
          failures += 1;
          health.waits(`${name}: what it needs is away`);
          if (failures === 1) log.warn({ task: name, error }, 'what a start-up task needs is away; it is tried until it is back');
          await pause({ firstMs: 250, maxMs: 5_000 }, failures, signal);
        }
      }
    }
  }

  begin({ health, log }: Pick<Parts, 'health' | 'log'>): void {
    this.running = this.beside.map(([name, task]) =>
      supervise(
        name,
        async (signal, beat) => {
          await task(signal);
          beat();
          await new Promise((stopped) => signal.addEventListener('abort', stopped, { once: true }));
        },
        { health, log },
      ),
    );
  }

  async stop(): Promise<void> {
    await Promise.all(this.running.map((one) => one.stop(1_000)));
  }
}
