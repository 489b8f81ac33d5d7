import type { Tx } from '#libs/store';
import type { Aggregate } from './aggregate.js';

/**
 * What a role does about the news of one kind of stream. A person writes a pure function on one stream; batches, bookmarks, retries and
 * dead letters are the runner's (`run-consumer.ts`).
 *
 * C, E, S: commands, events and state of the stream. N: what it needs to know from elsewhere before it can react.
 */
export interface Consumer<C, E extends { type: string }, S, N = undefined> {
  /** Names its bookmarks and its group on the bus: never changed once released. */
  readonly name: string;
  readonly about: Aggregate<C, E, S>;
  /** The types of event that can give it something to do. Other news are passed over unread. */
  readonly on: readonly E['type'][];
  /**
   * Looks up, or takes, for all streams of a batch at once what `react` will need. It runs in the transaction that everything else of the batch
   * is written in: if a stream cannot be written after all, what was taken for it is given back with the rest.
   */
  need?(tx: Tx, states: ReadonlyMap<string, S>): Promise<ReadonlyMap<string, N>>;
  /**
   * Whether `need` has taken or changed anything for a stream, going by what it answered for it; where it answered nothing, it has not. If it has,
   * and another was faster to append to the stream, the whole batch is rolled back; if not, the stream leaves the batch alone. Left out: each answer
   * says that it has.
   */
  took?(need: N): boolean;
  /** Decides by the state, not by the message: asked twice, it answers the same. Pure. */
  react(
    state: S,
    at: {
      readonly stream: string;
      readonly now: string;
      readonly need: N | undefined;
      /** The version up to which it has reacted before. */
      readonly seen: number;
    },
  ): readonly Reaction<C>[];
}

export type Reaction<C> =
  /** To the stream the news is about. */
  | { readonly command: C }
  /** To be done outside the house, once for each key, however often it is asked for. `stream`: the one its outcome goes to, if another. */
  | { readonly effect: string; readonly key: string; readonly input: unknown; readonly stream?: string }
  /** At this time (RFC 3339), even if there is no news. */
  | { readonly lookAgain: string };
