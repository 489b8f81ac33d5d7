import type { Backoff } from '#libs/backoff';
import type { Tx } from '#libs/store';
import type { Aggregate } from './aggregate.js';

/**
 * Something that leaves the house: a charge, a parcel, a mail. It cannot be rolled back with a transaction, so it is claimed first,
 * performed outside any transaction, and settled after. What a person writes is this; the rest is the runner's.
 *
 * I: what it needs to know. O: what is known when it is done. C: the commands of the stream it settles into.
 */
export interface Effect<I, O, C> {
  readonly name: string;
  /** How long one attempt may take, in milliseconds, before its signal is aborted. Counted from when it is performed, not from when it was asked for. */
  readonly timeoutMs: number;
  /** How many are performed at once by a process, in each lane; of imports a quarter. */
  readonly concurrency: number;
  /** How many attempts are made before it is given up. */
  readonly attempts: number;
  /** Between attempts, where it is another than usual (half a second to five minutes). */
  readonly patience?: Backoff;
  /**
   * Does it. `key` is the same for every attempt whose outcome is unknown, and a new one after a definite failure: hand it to the other
   * side as its idempotency key. A throw, or the signal's abort, counts as ambiguous.
   * `attempt` counts from 1.
   */
  perform(input: I, key: string, signal: AbortSignal, attempt: number): Promise<Outcome<O> | NotNow>;
  /** Asks the other side what became of a key whose outcome is unknown. Where there is nobody to ask (SMTP), it is left out. */
  lookup?(input: I, key: string, signal: AbortSignal): Promise<Outcome<O> | 'absent'>;
  /** What an outcome leads to. Pure. */
  settle(input: I, outcome: Settled<O>): { readonly command?: C; /** An operator has to see to it. */ readonly dead?: true };
  /** What has to be written in the same transaction as its end, for all of a batch that have come to one. */
  close?(tx: Tx, inputs: readonly I[]): Promise<void>;
}

/** An effect, and the kind of stream its outcomes go to. Of any input, outcome and command: TypeScript has no existential types. */
export interface Performed {
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly effect: Effect<any, any, any>;
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly about: Aggregate<any, any, any>;
}

export type Outcome<O> =
  /** It is done. */
  | { readonly done: O }
  /** The other side said no, and will say no again. */
  | { readonly refused: string }
  /** The other side said that it did not happen this time. Tried again with a new key. */
  | { readonly failed: string; readonly retryAfterMs?: number }
  /** No answer, or none that says what happened. Asked for, then tried again with the same key. */
  | { readonly ambiguous: string };

/** It was not tried at all, as the other side has enough to do: the attempt does not count, and its place is another's until then. */
export interface NotNow {
  readonly notForMs: number;
}

/** An outcome with the count of the attempt that led to it (from 1). `givenUp`: no further attempt will be made. */
export type Settled<O> = Outcome<O> & { readonly attempt: number; readonly givenUp: boolean };

/** What is said of an outcome that is none. */
export function why(outcome: Outcome<unknown>): string {
  if ('refused' in outcome) return outcome.refused;
  if ('failed' in outcome) return outcome.failed;
  return 'ambiguous' in outcome ? outcome.ambiguous : 'done';
}

/** An effect's key: it is performed once for each stream and name. */
export const effectKey = (stream: string, name: string): string => `${stream}:${name}`;

/** The key that the other side sees: a new one in each round, `order:…:authorise:2`. */
export const keyOfRound = (key: string, round: number): string => (round === 1 ? key : `${key}:${round}`);
