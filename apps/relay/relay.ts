import { lanes, PublishRefused, replies, topicOf, webhooks, type Bus, type Lane } from '#libs/bus';
import { dropLease, forget, kindOf, park, readOutbox, takeLease, type Database, type Lease, type Outgoing } from '#libs/store';
import { accounts, asToday, orders, photos, type Duty } from '#libs/work';
import { endTypes } from '#libs/order';
import { setTimeout as sleep } from 'node:timers/promises';
import { tracedSending } from './traced-sending.js';

export interface RelayParts {
  readonly db: Database;
  readonly bus: Bus;
  /** Names this instance as the lease's holder. */
  readonly instance: string;
  log(level: 'info' | 'warn' | 'error', message: string, details?: object): void;
  readonly duty?: Duty;
  /** How long the lease lasts without a sign of life, in milliseconds. */
  readonly leaseMs?: number;
  /** How many batches of a lane are on their way at once; of imports one. A broker that keeps the order of its keys gets one. */
  readonly onTheWay?: number;
}

/** How many are read at once. An import goes in small steps: whoever overtakes it waits until one is over (`npm run bench -- import`). */
const mostOf: Readonly<Record<Lane, number>> = { express: 500, standard: 500, bulk: 50 };
/** Every write to the outbox rings; a look without a ring makes good a hint that was lost. */
const lookAgainMs = 1_000;
const retryMs = 250;
/** Longer than an order's way from one news to the next, where the outside answers at once. */
const quietMs = 30;
/** Then an import's next batch goes, whoever is on the road. */
const keptWaitingMs = 250;
const kinds: Readonly<Record<string, typeof orders | typeof photos | typeof accounts>> = {
  order: orders,
  photo: photos,
  account: accounts,
};

/**
 * Carries the outbox to the bus: reads, publishes, forgets. One instance at a time, by lease; the others stand by. If it dies between
 * publishing and forgetting, the next one publishes the same again, and nobody minds: news say how far a stream has come. Frozen and back, it
 * forgets nothing more, since its epoch is over.
 */
export class Relay {
  private readonly stopping = new AbortController();
  private lease?: Lease;
  /** Until when the lease was given for, by this process' own clock and counted from when it was asked for. */
  private until = 0;
  private running?: Promise<unknown>;
  /** When a lane other than an import's last had something to carry, by `performance.now()`. */
  private othersAt = -Infinity;
  private readonly bells = new Map<Lane, () => void>();

  constructor(private readonly parts: RelayParts) {}

  get leads(): boolean {
    return this.held() !== undefined;
  }

  start(): void {
    this.running = Promise.all([this.lead(), ...lanes.map((lane) => this.carry(lane))]);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.ring(lanes);
    await this.running;
    if (this.lease) await dropLease(this.parts.db, this.lease).catch(() => {});
  }

  /** Something was put in the outbox of these lanes: a hint that saves a wait of up to a second. */
  ring(which: Iterable<Lane>): void {
    for (const lane of which) this.bells.get(lane)?.();
  }

  /** Without an answer of the database it is still ours for as long as it was given for, and no longer. */
  private held(): Lease | undefined {
    return performance.now() < this.until ? this.lease : undefined;
  }

  private async lead(): Promise<void> {
    const { db, instance, log, leaseMs = 5_000 } = this.parts;
    while (!this.stopping.signal.aborted) {
      const asked = performance.now();
      try {
        const lease = await takeLease(db, 'relay', instance, leaseMs);
        if (lease?.epoch !== this.lease?.epoch) log('info', lease ? 'leads' : 'stands by', { lease });
        const taken = lease && !this.held();
        this.lease = lease;
        this.until = asked + leaseMs;
        if (taken) this.ring(lanes);
      } catch (error) {
        log('warn', 'could not ask for the lease', { error });
      }
      await sleep(leaseMs / 3, undefined, { signal: this.stopping.signal }).catch(() => {});
    }
  }

  /** One lane, batch after batch; none waits for another lane. */
  private async carry(lane: Lane): Promise<void> {
    const { db, log, duty } = this.parts;
    const onTheWay = lane === 'bulk' ? 1 : (this.parts.onTheWay ?? 1);
    const most = mostOf[lane];
    const away = new Map<Promise<void>, readonly string[]>();
    while (!this.stopping.signal.aborted) {
      if (lane === 'bulk') await this.giveWay();
      const lease = this.held();
      const heard = this.bell(lane);
      let batch: Outgoing[] = [];
      // The lease is kept while it rests: who leads has nothing to do with it.
      if (lease && !duty?.rests && away.size < onTheWay) {
        const found = await readOutbox(db, lane, { kinds: Object.keys(kinds), onTheWay: [...away.values()].flat(), most }).catch(
          (error: unknown) => {
            log('warn', 'could not read the outbox', { error });
            return [];
          },
        );
        batch = found.map(ofToday);
      }
      if (batch.length > 0 && lane !== 'bulk') this.othersAt = performance.now();
      if (batch.length > 0 && lease) {
        const trip: Promise<void> = this.deliver(batch, lease, lane).finally(() => away.delete(trip));
        away.set(
          trip,
          batch.map(({ id }) => id),
        );
      }
      // A full batch means there is more; else wait for the bell, for a trip to end, or for a second.
      if (batch.length < most || away.size >= onTheWay) {
        await Promise.race([heard, ...(away.size >= onTheWay ? away.keys() : []), ...(away.size < onTheWay ? [pause(lookAgainMs)] : [])]);
      }
    }
    await Promise.all(away.keys());
  }

  /** An import waits while somebody's order is on the road: until that has been quiet for a moment, or for as long as it may be kept waiting. */
  private async giveWay(): Promise<void> {
    const until = performance.now() + keptWaitingMs;
    for (;;) {
      const leftMs = Math.min(until, this.othersAt + quietMs) - performance.now();
      if (leftMs <= 0 || this.stopping.signal.aborted) return;
      await pause(leftMs);
    }
  }

  private async deliver(batch: readonly Outgoing[], lease: Lease, lane: Lane): Promise<void> {
    const { db, bus, log, duty } = this.parts;
    try {
      for (const [topic, some] of byTopic(batch)) {
        await tracedSending(
          topic,
          some.map(({ news }) => news),
          (news) => bus.publish(topic, news),
        ).catch((error: unknown) => this.refused(error));
      }
      const called = batch.filter(({ webhook }) => webhook).map(({ news }) => news);
      if (called.length > 0) await bus.publish(topicOf(webhooks, lane), called).catch((error: unknown) => this.refused(error));
      const ends = batch.filter(({ awaited, news }) => awaited && endTypes.includes(news.type)).map(({ news }) => news);
      if (ends.length > 0) await bus.publish(replies, ends);
      const held = await forget(
        db,
        lane,
        batch.map(({ id }) => id),
        lease,
      );
      duty?.handled('relay', batch.length);
      if (!held) log('warn', 'the lease has passed on', { lease });
    } catch (error) {
      log('warn', 'could not publish', { error });
      await pause(retryMs);
      setImmediate(() => this.ring([lane]));
    }
  }

  /** The poison rule: what the broker will never take waits for an operator, with its stream. All else goes on. */
  private async refused(error: unknown): Promise<void> {
    if (!(error instanceof PublishRefused)) throw error;
    for (const { stream, id } of error.news) {
      await park(this.parts.db, stream, error.message);
      this.parts.log('error', 'the broker will never take this', { news: id, error });
    }
    // What was refused must stay in the outbox: the batch goes again without it.
    throw error;
  }

  private bell(lane: Lane): Promise<void> {
    return new Promise((ring) => this.bells.set(lane, ring));
  }
}

/** As asyncapi.json has it, whichever build wrote it. */
function ofToday(one: Outgoing): Outgoing {
  const { news, shape } = one;
  const { data } = asToday(kinds[kindOf(news.stream)]!, { type: news.type, data: news.data, meta: { shape } });
  return data === news.data ? one : { ...one, news: { ...news, data } };
}

function byTopic(batch: readonly Outgoing[]): Map<string, Outgoing[]> {
  const groups = new Map<string, Outgoing[]>();
  for (const one of batch) {
    const topic = topicOf(kinds[kindOf(one.news.stream)]!.topic, one.news.lane);
    groups.set(topic, [...(groups.get(topic) ?? []), one]);
  }
  return groups;
}

const pause = (ms: number): Promise<void> => sleep(ms, undefined, { ref: false });
