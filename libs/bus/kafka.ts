import type { Backoff } from '#libs/backoff';
import { redelivery } from './batch.js';
import { Bus, type Lag, type News, type Subscription, type Unread } from './bus.js';
import { AdminConnection } from './kafka/admin.js';
import { DeadLetters, readDeadLetters } from './kafka/dead-letter.js';
import { GroupMember, type GroupOptions } from './kafka/group.js';
import { kafkaLag } from './kafka/lag.js';
import { Publisher } from './kafka/publisher.js';
import { kafkaTail } from './kafka/tail.js';
import { silent, type BusLog } from './log.js';

export interface KafkaBusOptions {
  /** `host:port` of one broker or more. */
  readonly brokers: readonly string[];
  /** Shown in the brokers' logs; the instance's id. */
  readonly clientId: string;
  /** A consumer reads nothing any more and won't again: exit, and be started again. May be called more than once. */
  readonly onFatal: (error: Error) => void;
  readonly log?: BusLog;
  /** Pauses before a rejected batch comes again. */
  readonly backoff?: Backoff;
  /** Default 15,000: a broker that is killed holds a send up for 6–8 s, one that is frozen for 13. */
  readonly publishDeadlineMs?: number;
  /** Default 120,000. */
  readonly workLimitMs?: number;
  /** Default 10,000. */
  readonly metadataMaxAgeMs?: number;
  /** Default 60,000. */
  readonly silenceLimitMs?: number;
}

/** Kafka by kafkajs 2.2.4, with its traps fenced off (docs of each file). Topics must be there: `ensureTopics`. The group of a subscription is `<group>.<topic>`. */
export class KafkaBus extends Bus {
  readonly #options: GroupOptions;
  readonly #admin: AdminConnection;
  readonly #publisher: Publisher;
  readonly #deadLetters: DeadLetters;
  readonly #subscriptions = new Set<Subscription>();
  #closed = false;

  constructor({
    brokers,
    clientId,
    onFatal,
    log = silent,
    backoff = redelivery,
    publishDeadlineMs = 15_000,
    workLimitMs = 120_000,
    metadataMaxAgeMs = 10_000,
    silenceLimitMs = 60_000,
  }: KafkaBusOptions) {
    super();
    this.#options = { brokers, clientId, log, onFatal, backoff, workLimitMs, metadataMaxAgeMs, silenceLimitMs };
    this.#admin = new AdminConnection(this.#options);
    this.#publisher = new Publisher(this.#options, publishDeadlineMs, this.#admin);
    this.#deadLetters = new DeadLetters(this.#options);
  }

  async publish(topic: string, news: readonly News[]): Promise<void> {
    this.#open();
    await this.#publisher.publish(topic, news);
  }

  subscribe(group: string, topic: string, work: (news: readonly News[]) => Promise<void>): Subscription {
    this.#open();
    return this.#kept(new GroupMember(this.#options, group, groupId(group, topic), topic, work, this.#deadLetters));
  }

  tail(topic: string, work: (news: News) => void): Subscription {
    this.#open();
    return this.#kept(kafkaTail(this.#options, topic, work, this.#admin));
  }

  async lag(group: string, topic: string): Promise<Lag> {
    return this.#admin.ask((admin) => kafkaLag(admin, groupId(group, topic), topic));
  }

  unread(work: (some: readonly Unread[]) => Promise<void>): Subscription {
    this.#open();
    return this.#kept(readDeadLetters(this.#options, 'dead-letters', work));
  }

  async ping(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const answer = this.#admin.ask((admin) => admin.describeCluster());
    await new Promise<unknown>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      answer.then(resolve, reject);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.close()));
    await Promise.all([this.#publisher.close(), this.#deadLetters.close()]);
    await this.#admin.close();
  }

  #open(): void {
    if (this.#closed) throw new Error('the bus is closed');
  }

  #kept(subscription: Subscription): Subscription {
    let closing: Promise<void> | undefined;
    const kept: Subscription = {
      close: () => (closing ??= subscription.close().finally(() => this.#subscriptions.delete(kept))),
    };
    this.#subscriptions.add(kept);
    return kept;
  }
}

const groupId = (group: string, topic: string): string => `${group}.${topic}`;
