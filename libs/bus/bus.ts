/** Which queue a piece of work stands in. An order's lane is part of its first event and never changes. */
export type Lane = 'express' | 'standard' | 'bulk';

/** The highest first: whoever serves lanes serves them in this order. */
export const lanes: readonly Lane[] = ['express', 'standard', 'bulk'];

/**
 * News that a stream has reached a version. It carries the public fact for outsiders; the shop's own consumers take from it
 * only stream, version and type, and read the rest from the stream. Never personal data.
 */
export interface News {
  /** `<stream>/<version>`: the same however often it is sent. */
  readonly id: string;
  readonly stream: string;
  readonly version: number;
  readonly type: string;
  readonly lane: Lane;
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly data: unknown;
  readonly correlation?: string;
  readonly traceparent?: string;
}

export interface Subscription {
  /** Takes no more, waits for the batch in hand, lets go of the group. */
  close(): Promise<void>;
}

/** How far a group is behind: news not yet handled, and the seconds since the oldest of them was published (0 where there is none). */
export interface Lag {
  readonly messages: number;
  readonly oldestSeconds: number;
}

/** A record of the broker that is no news of ours, and who could not read it. What is in it nobody has judged: it may be anything. */
export interface Unread {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly key: string | null;
  readonly type: string | null;
  readonly cause: string;
  /** RFC 3339, UTC: when it was published. */
  readonly at: string;
}

/**
 * The port to the broker: fan-out, sharing of work between the members of a group, a buffer. At least once, in any order;
 * what it loses can be refilled from the streams.
 *
 * An abstract class and no interface, so that it is its own injection token.
 */
export abstract class Bus {
  /**
   * Resolves when the broker has all of them (embedded: when every group has handled them).
   * @throws {PublishRefused} naming the news that this broker will never take; the others are with it. Any other error: try all again.
   */
  abstract publish(topic: string, news: readonly News[]): Promise<void>;

  /**
   * Hands a group its news in batches of at most 500, one batch at a time for each call of `subscribe`; a batch holds what arrived
   * while the last one was away. Taken as handled when `work` resolves; if it rejects, the same news come again after a pause, and
   * nothing else until then.
   */
  abstract subscribe(group: string, topic: string, work: (news: readonly News[]) => Promise<void>): Subscription;

  /**
   * Every subscriber gets all news published from now on (Kafka: from when it has joined, 0.2–0.5 s later), without a group and
   * without a promise.
   */
  abstract tail(topic: string, work: (news: News) => void): Subscription;

  /** Of any group, also from another process and when no member lives (embedded: of this process). Rejects if the broker does not answer. */
  abstract lag(group: string, topic: string): Promise<Lag>;

  /** The records that no group could read, from the first on, shared by all who call this, until `work` has taken them. A bus of our own has none. */
  abstract unread(work: (some: readonly Unread[]) => Promise<void>): Subscription;

  /** Rejects if the broker does not answer. */
  abstract ping(signal: AbortSignal): Promise<void>;

  abstract close(): Promise<void>;
}

/** The broker has said of these that it will never take them (too large, say). */
export class PublishRefused extends Error {
  constructor(
    readonly news: readonly News[],
    why: string,
  ) {
    super(why);
  }
}

/** The topic of the ends that somebody waits for: every instance of who answers hears all of it. */
export const replies = 'replies';

/** The news of orders whose placer is called back: who calls hears of no other. */
export const webhooks = 'webhooks';

/** Topics are named after what they tell of and the lane: `orders`, `orders.express`, `orders.bulk`. */
export const topicOf = (about: string, lane: Lane): string => (lane === 'standard' ? about : `${about}.${lane}`);
