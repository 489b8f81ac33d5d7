import type { Backoff } from '#libs/backoff';
import { redelivery } from './batch.js';
import { Bus, type Lag, type News, type Subscription, type Unread } from './bus.js';
import { EmbeddedGroup } from './embedded-group.js';
import { silent, type BusLog } from './log.js';

export interface EmbeddedBusOptions {
  readonly backoff?: Backoff;
  readonly log?: BusLog;
}

/**
 * The bus of one process. It keeps no log: `publish` hands the news to every group of the topic and is pending until all have
 * handled them, so that whoever publishes (the relay) deletes nothing that a crash could lose. A topic without groups swallows its
 * news at once: consumers subscribe before the relay starts.
 *
 * A group stays known when its last member has closed, and `publish` waits for the next one: otherwise the relay, stopped a
 * moment later than a consumer, would delete news that the consumer never saw. A member that only rests must therefore keep its
 * subscription and take note of the news without working them off.
 *
 * Unit tests use this bus too: after `await publish` all consumers have run.
 */
export class EmbeddedBus extends Bus {
  readonly #groups = new Map<string, Map<string, EmbeddedGroup>>();
  readonly #tails = new Map<string, Set<(news: News) => void>>();
  readonly #backoff: Backoff;
  readonly #log: BusLog;
  #closed = false;

  constructor({ backoff = redelivery, log = silent }: EmbeddedBusOptions = {}) {
    super();
    this.#backoff = backoff;
    this.#log = log;
  }

  async publish(topic: string, news: readonly News[]): Promise<void> {
    this.#open();
    for (const tail of this.#tails.get(topic) ?? []) for (const one of news) this.#tell(tail, one);
    await Promise.all([...this.#groupsOf(topic).values()].map((group) => group.hand(news)));
  }

  subscribe(group: string, topic: string, work: (news: readonly News[]) => Promise<void>): Subscription {
    this.#open();
    const groups = this.#groupsOf(topic);
    const known = groups.get(group) ?? new EmbeddedGroup(this.#backoff, this.#log);
    groups.set(group, known);
    return known.join(work);
  }

  tail(topic: string, work: (news: News) => void): Subscription {
    this.#open();
    const tails = this.#tails.get(topic) ?? new Set();
    this.#tails.set(topic, tails);
    // A function of its own, so that the same `work` can be given twice.
    const tail = (news: News): void => work(news);
    tails.add(tail);
    return { close: async () => void tails.delete(tail) };
  }

  async lag(group: string, topic: string): Promise<Lag> {
    return this.#groupsOf(topic).get(group)?.lag() ?? { messages: 0, oldestSeconds: 0 };
  }

  /** What never leaves the process is never unreadable. */
  unread(_work: (some: readonly Unread[]) => Promise<void>): Subscription {
    return { close: async () => {} };
  }

  async ping(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#open();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#groups.values()].flatMap((groups) => [...groups.values()].map((group) => group.close())));
  }

  #open(): void {
    if (this.#closed) throw new Error('the bus is closed');
  }

  #groupsOf(topic: string): Map<string, EmbeddedGroup> {
    const groups = this.#groups.get(topic) ?? new Map<string, EmbeddedGroup>();
    this.#groups.set(topic, groups);
    return groups;
  }

  #tell(tail: (news: News) => void, news: News): void {
    try {
      tail(news);
    } catch (error) {
      this.#log('warn', 'a tail failed', { news: news.id, error });
    }
  }
}
