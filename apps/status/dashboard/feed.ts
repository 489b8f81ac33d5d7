import { Log } from '#libs/host';
import { Database, idOf, kindOf } from '#libs/store';
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { StreamEars } from '../stream-ears.js';
import { countOrders, type Counts } from './count-orders.js';
import { Tally, type Change, type Minute } from './tally.js';

/** What the dashboard is told, at most each half second and only while somebody looks. */
export interface Picture extends Counts {
  readonly at: string;
  readonly minutes: readonly Minute[];
  /** The newest changes of orders, newest first. */
  readonly changes: readonly Change[];
  /** How often each type of event was heard since the last picture. */
  readonly heard: Readonly<Record<string, number>>;
}

const eachMs = 500;
/** Where nothing happens, the picture still ages. */
const atLeastMs = 5_000;
/** Counting gets at most this part of the time: a shop of a million orders is counted less often, and not with more of the database. */
const countingShare = 1 / 20;

/** One source for all who look: whatever it costs, it costs once. */
@Injectable()
export class Feed implements OnModuleInit, OnModuleDestroy {
  private readonly tally = new Tally();
  private readonly viewers = new Set<(picture: Picture) => void>();
  private timer?: NodeJS.Timeout;
  private last?: Picture;
  private lastAt = 0;
  private counts?: Counts;
  private countAgainAt = 0;
  private end: () => void = () => {};

  constructor(
    private readonly ears: StreamEars,
    private readonly db: Database,
    private readonly log: Log,
  ) {}

  onModuleInit(): void {
    this.end = this.ears.hearAll(({ stream, version, type, at }) =>
      this.tally.hear(kindOf(stream), { id: idOf(stream), version, type, at }, Date.now()),
    );
  }

  onModuleDestroy(): void {
    this.end();
    clearTimeout(this.timer);
    this.viewers.clear();
  }

  /** Returns what ends it. Whoever comes to others sees at once what they see. */
  watch(see: (picture: Picture) => void): () => void {
    this.viewers.add(see);
    if (this.viewers.size > 1 && this.last) see(this.last);
    if (this.viewers.size === 1) {
      // What was heard while nobody looked is no news.
      this.tally.take();
      this.lastAt = 0;
      void this.turn();
    }
    return () => {
      this.viewers.delete(see);
      if (this.viewers.size === 0) clearTimeout(this.timer);
    };
  }

  private async turn(): Promise<void> {
    const now = Date.now();
    try {
      const heard = this.tally.take();
      if (heard || now - this.lastAt >= atLeastMs) await this.show(now, heard ?? {});
    } catch (error) {
      // The page says by itself that nothing comes.
      this.log.warn({ error }, 'could not draw the dashboard’s picture');
    }
    clearTimeout(this.timer);
    if (this.viewers.size > 0) this.timer = setTimeout(() => void this.turn(), eachMs);
  }

  private async show(now: number, heard: Record<string, number>): Promise<void> {
    if (!this.counts || now >= this.countAgainAt) {
      const began = performance.now();
      this.counts = await countOrders(this.db);
      this.countAgainAt = now + (performance.now() - began) / countingShare;
    }
    this.last = {
      at: new Date(now).toISOString(),
      ...this.counts,
      minutes: this.tally.lately(now),
      changes: this.tally.newest(),
      heard,
    };
    this.lastAt = now;
    for (const see of this.viewers) see(this.last);
  }
}
