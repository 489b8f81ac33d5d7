import { pause, type Backoff } from '#libs/backoff';
import { batchLimit } from './batch.js';
import type { Lag, News, Subscription } from './bus.js';
import type { BusLog } from './log.js';

type Work = (news: readonly News[]) => Promise<void>;

interface Waiting {
  readonly news: News;
  readonly since: number;
  readonly handled: () => void;
  readonly givenUp: (why: Error) => void;
}

/** What one group has still to handle of one topic. Its members take from one queue; it stays when the last of them has left. */
export class EmbeddedGroup {
  readonly #queue: Waiting[] = [];
  readonly #inHand = new Set<Waiting>();
  readonly #members = new Map<Subscription, () => void>();

  constructor(
    private readonly backoff: Backoff,
    private readonly log: BusLog,
  ) {}

  /** Resolves when each of the news is handled. */
  async hand(news: readonly News[]): Promise<void> {
    const since = Date.now();
    const all = news.map((one) => new Promise<void>((handled, givenUp) => this.#queue.push({ news: one, since, handled, givenUp })));
    this.#wake();
    await Promise.all(all);
  }

  join(work: Work): Subscription {
    const leaving = new AbortController();
    let turn: Promise<void> | undefined;
    const start = (): void => {
      if (turn || leaving.signal.aborted || this.#queue.length === 0) return;
      turn = this.#turns(work, leaving.signal, () => (turn = undefined));
    };
    const member: Subscription = {
      close: async () => {
        leaving.abort();
        await turn;
        this.#members.delete(member);
        this.#wake();
      },
    };
    this.#members.set(member, start);
    start();
    return member;
  }

  lag(): Lag {
    const waiting = [...this.#inHand, ...this.#queue];
    const oldest = waiting.reduce((least, { since }) => Math.min(least, since), Infinity);
    return { messages: waiting.length, oldestSeconds: waiting.length ? Math.max(0, (Date.now() - oldest) / 1000) : 0 };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#members.keys()].map((member) => member.close()));
    for (const { givenUp } of this.#queue.splice(0)) givenUp(new Error('the bus was closed before every group had handled this'));
  }

  #wake(): void {
    for (const start of this.#members.values()) start();
  }

  /** `over` is called in the same breath as the last look at the queue: news that come after it must find nobody at work. */
  async #turns(work: Work, leaving: AbortSignal, over: () => void): Promise<void> {
    while (this.#queue.length && !leaving.aborted) {
      const batch = this.#queue.splice(0, batchLimit);
      for (const one of batch) this.#inHand.add(one);
      const done = await this.#untilHandled(batch, work, leaving);
      for (const one of batch) this.#inHand.delete(one);
      if (done) for (const one of batch) one.handled();
      else this.#queue.unshift(...batch);
    }
    over();
  }

  /** @returns false if the member leaves before its work on the batch has succeeded. */
  async #untilHandled(batch: readonly Waiting[], work: Work, leaving: AbortSignal): Promise<boolean> {
    const news = batch.map((one) => one.news);
    for (let failures = 1; ; failures++) {
      try {
        await work(news);
        return true;
      } catch (error) {
        this.log('warn', 'a batch was rejected and comes again', { failures, batch: news.length, error });
      }
      await pause(this.backoff, failures, leaving);
      if (leaving.aborted) return false;
    }
  }
}
