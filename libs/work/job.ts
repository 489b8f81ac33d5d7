import type { DeclaredJob, Tx } from '#libs/store';
import { z } from 'zod';

/**
 * Work that has an end: a fold over a checkpoint. Each step commits its work together with the checkpoint it leads to, under the run's fence:
 * if the process dies, another goes on from the last checkpoint, and nothing is done twice. What a person writes is this; claims, retries,
 * cancellation and the log are the runner's (`run-jobs.ts`).
 *
 * I: what a run is given. K: how far it has come; it is kept as JSON.
 */
export interface Job<I, K> {
  /** Names its runs: never changed once released. */
  readonly name: string;
  /** One sentence for the operator. */
  readonly description: string;
  /** What `input` may be. Kept as JSON Schema, by which a request for a run is judged: what JSON Schema cannot say is judged when it starts. */
  readonly input: z.ZodType<I>;
  /** Cron of 5 or 6 fields; left out, it runs on demand only. This and what follows stands until the operator changes it. */
  readonly schedule?: string;
  /** IANA. UTC if left out. */
  readonly timeZone?: string;
  /** What becomes of a run that is asked for while another is open. */
  readonly overlap: 'skip' | 'queue' | 'allow';
  /** What becomes of the times at which nobody looked at the timetable: no run, one run, or a run each. */
  readonly missed: 'none' | 'once' | 'all';
  /** Never two runs at once, whatever `overlap` says. */
  readonly singleton: boolean;
  /** How long a step that was told to stop is waited for. */
  readonly stoppingWaitSeconds: number;
  /** The first checkpoint. It may be asked for more than once, so it changes nothing. */
  start(input: I, run: Run): K | Promise<K>;
  /**
   * One step: short (a transaction is open over it, and the statements of 8 s), all of it by `tx`. A throw takes its work back, and it is tried
   * again from `checkpoint`. Told to stop by `run.signal`, it ends as soon as it can: by its result so far, or by a throw.
   */
  step(tx: Tx, checkpoint: K, run: Run): Promise<Step<K>>;
  /**
   * Ends what its steps have begun outside of their transactions and not ended themselves, a process say: called when no more steps are made here,
   * be it that the run is cancelled, has failed or is to go on elsewhere.
   * @param withinMs how long it is waited for: as the operator has set it when the run was claimed, or what is left until its process ends
   */
  leave?(run: Run, withinMs: number): Promise<void>;
}

export type Step<K> =
  /** `progress`: 0 to 100, of the whole run. */
  | { readonly next: K; readonly progress: number }
  /** It was the last. As JSON, for the operator. */
  | { readonly result: unknown };

/** Thrown by a step: its run has failed, and trying again would not help. */
export class RunFailed extends Error {}

/** A run, as its job sees it. */
export interface Run {
  /** UUIDv7. */
  readonly id: string;
  /** Aborted when it is cancelled, when its process stops, when a step takes too long or the run has passed to another process. */
  readonly signal: AbortSignal;
  /** A line of the run's log, written down with the checkpoint, or with the failure. No personal data. */
  log(level: 'info' | 'error', line: string): void;
}

/** A job of any input and checkpoint: TypeScript has no existential types. */
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyJob = Job<any, any>;

/** What others need to know of a job: to list it, to judge what a run is asked for with, to run it in time. */
export const declarationOf = (job: AnyJob): DeclaredJob => ({
  name: job.name,
  description: job.description,
  input: z.toJSONSchema(job.input, { io: 'input' }),
  missed: job.missed,
  defaults: {
    enabled: true,
    schedule: job.schedule ?? null,
    timeZone: job.timeZone ?? 'UTC',
    overlap: job.overlap,
    singleton: job.singleton,
    stoppingWaitSeconds: job.stoppingWaitSeconds,
  },
});
