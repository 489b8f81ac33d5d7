import type { EachBatchPayload } from 'kafkajs';
import { pause } from '#libs/backoff';
import type { News, Subscription } from '../bus.js';
import { toNews } from './cloud-event.js';
import { runConsumer, session, type ConsumerOptions } from './consumer.js';
import type { DeadLetters, Undecodable } from './dead-letter.js';
import { isThrough, takeSlices, type Part, type Slice } from './slices.js';

export interface GroupOptions extends ConsumerOptions {
  /** A handler that takes longer than this is fatal: it cannot be stopped, and while it runs the group believes in this member. */
  readonly workLimitMs: number;
}

/**
 * A member of a group. kafkajs hands over one partition at a time; here they are merged to one batch, as a batch costs one
 * transaction, and what arrives while one is away makes the next. Offsets are committed when the work has succeeded. A handler's error never
 * gets to kafkajs, which would stop for good or start again for ever: the batch is kept in hand and tried again, heart beating.
 */
export class GroupMember implements Subscription {
  readonly #waiting: Part[] = [];
  readonly #leaving = new AbortController();
  readonly #stop: (inHand: Promise<unknown>) => Promise<void>;
  #turns: Promise<void> | undefined;

  constructor(
    private readonly options: GroupOptions,
    private readonly group: string,
    groupId: string,
    private readonly topic: string,
    private readonly work: (news: readonly News[]) => Promise<void>,
    private readonly deadLetters: DeadLetters,
  ) {
    this.#stop = runConsumer(options, {
      groupId,
      topic,
      fromBeginning: true,
      busy: () => this.#turns !== undefined,
      eachBatch: (payload) => this.#arrived(payload),
    });
  }

  async close(): Promise<void> {
    this.#leaving.abort();
    await this.#stop(this.#turns ?? Promise.resolve());
  }

  /** Resolves when the partition's records are handled, and rejects with kafkajs' own errors only. */
  #arrived(payload: EachBatchPayload): Promise<void> {
    if (this.#leaving.signal.aborted) return Promise.resolve();
    return new Promise((done, failed) => {
      const { partition, messages } = payload.batch;
      this.#waiting.push({ payload, partition, messages, taken: 0, done, failed });
      this.#turns ??= this.#takeTurns();
    });
  }

  async #takeTurns(): Promise<void> {
    // The other partitions of the same answer arrive within this turn of the loop.
    await new Promise((resume) => setImmediate(resume));
    while (this.#waiting.length && !this.#leaving.signal.aborted) {
      const slices = takeSlices(this.#waiting);
      try {
        await this.#handle(slices);
      } catch (error) {
        // The group is about to share anew, or its coordinator is away: kafkajs joins again and fetches from what is committed.
        for (const { part } of slices) part.failed(error);
        for (const part of this.#waiting.splice(0)) part.failed(error);
        break;
      }
      for (const { part } of slices) {
        if (isThrough(part)) part.done();
        else this.#waiting.push(part);
      }
    }
    for (const part of this.#waiting.splice(0)) part.done();
    // In the same breath as the last look at what waits: a part that comes after it must find nobody at work.
    this.#turns = undefined;
  }

  async #handle(slices: readonly Slice[]): Promise<void> {
    const { news, undecodable } = read(this.group, this.topic, slices);
    const heart = beating(() => slices[0]!.part.payload.heartbeat());
    try {
      const handled = await this.#untilHandled(news, undecodable, heart);
      if (!handled) return;
      for (const { part, messages } of slices) part.payload.resolveOffset(messages.at(-1)!.offset);
      await this.#commit(slices);
      heart.signal.throwIfAborted();
    } finally {
      heart.stop();
    }
  }

  /** @returns false if the member leaves before the work has succeeded. Rejects if the heart stops before that. */
  async #untilHandled(news: readonly News[], undecodable: readonly Undecodable[], heart: Heart): Promise<boolean> {
    const enough = AbortSignal.any([this.#leaving.signal, heart.signal]);
    for (let failures = 1; ; failures++) {
      const overdue = setTimeout(() => {
        heart.stop();
        this.options.onFatal(new Error(`a batch of ${this.topic} is in hand for more than ${this.options.workLimitMs} ms`));
      }, this.options.workLimitMs);
      try {
        await this.deadLetters.send(undecodable);
        if (news.length) await this.work(news);
        return true;
      } catch (error) {
        this.options.log('warn', `a batch of ${this.topic} was rejected and comes again`, { failures, batch: news.length, error });
      } finally {
        clearTimeout(overdue);
      }
      await pause(this.options.backoff, failures, enough);
      if (this.#leaving.signal.aborted) return false;
      heart.signal.throwIfAborted();
    }
  }

  /** Also when the heart has stopped: the broker takes it until the others have joined, and spares them the doubles. */
  async #commit(slices: readonly Slice[]): Promise<void> {
    const partitions = slices.map(({ part, messages }) => ({
      partition: part.partition,
      offset: (BigInt(messages.at(-1)!.offset) + 1n).toString(),
    }));
    await slices[0]!.part.payload.commitOffsetsIfNecessary({ topics: [{ topic: this.topic, partitions }] });
  }
}

const read = (group: string, topic: string, slices: readonly Slice[]): { news: News[]; undecodable: Undecodable[] } => {
  const news: News[] = [];
  const undecodable: Undecodable[] = [];
  for (const { part, messages } of slices) {
    for (const message of messages) {
      try {
        news.push(toNews(message));
      } catch (error) {
        undecodable.push({
          group,
          topic,
          partition: part.partition,
          message,
          cause: error instanceof Error ? error.message : String(error),
        });
      }
    }
  }
  return { news, undecodable };
};

interface Heart {
  /** Given with kafkajs' error when the group no longer takes the beat. */
  readonly signal: AbortSignal;
  stop(): void;
}

/** kafkajs beats between batches only; a longer handler would be expelled. Often, since each beat also tells of a new sharing, with 3 s to join it. */
const beating = (beat: () => Promise<void>): Heart => {
  const stopped = new AbortController();
  const timer = setInterval(() => {
    beat().catch((error: unknown) => {
      clearInterval(timer);
      stopped.abort(error);
    });
  }, session.heartbeatInterval);
  return { signal: stopped.signal, stop: () => clearInterval(timer) };
};
