import { Bus, lanes, topicOf, type News, type Subscription } from '#libs/bus';
import { Log } from '#libs/host';
import { Lags, STREAMS } from '#libs/platform';
import { Database, dueBookmarks, failBookmarks, isOutage, moveBookmarks, takeBookmarks, type EventStore } from '#libs/store';
import { tryAgainInMs } from '#libs/work';
import { Inject, Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { project } from '#libs/order-status';

const consumer = 'status';

/**
 * Keeps the picture of each order. A row's version is its bookmark, so what comes twice or late changes nothing; only a stream that could not be
 * folded gets a bookmark of its own, with the error, its next try, and in the end its dead letter. Nobody else waits for it.
 */
@Injectable()
export class Projection implements OnModuleInit, BeforeApplicationShutdown {
  private heard: Subscription[] = [];
  private waking?: NodeJS.Timeout;
  private turn: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(
    private readonly bus: Bus,
    private readonly db: Database,
    @Inject(STREAMS) private readonly store: EventStore,
    private readonly log: Log,
    private readonly lags: Lags,
  ) {}

  onModuleInit(): void {
    this.lags.watch(consumer, 'orders');
    this.heard = lanes.map((lane) => this.bus.subscribe(consumer, topicOf('orders', lane), (news) => this.hear(news)));
    this.wake();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.waking);
    await Promise.all([this.turn, ...this.heard.map((one) => one.close())]);
  }

  /** @throws if the database is away: the news come again */
  async hear(news: readonly News[]): Promise<void> {
    const heads = new Map<string, number>();
    for (const { stream, version } of news) heads.set(stream, Math.max(version, heads.get(stream) ?? 0));
    await this.all(heads);
  }

  private async all(heads: ReadonlyMap<string, number>): Promise<void> {
    try {
      await project(this.db, this.store, heads);
    } catch (error) {
      if (isOutage(error)) throw error;
      const [...both] = heads;
      if (both.length === 1) return this.fail(both[0]!, error as Error);
      const middle = Math.ceil(both.length / 2);
      await this.all(new Map(both.slice(0, middle)));
      await this.all(new Map(both.slice(middle)));
    }
  }

  private async fail([stream, head]: readonly [string, number], error: Error): Promise<void> {
    this.log.warn({ err: error, stream }, 'could not be projected');
    await this.db.transaction(async (tx) => {
      const [mark] = await takeBookmarks(tx, consumer, new Map([[stream, head]]));
      if (!mark || mark.waits) return;
      await failBookmarks(tx, consumer, [{ stream, error: error.message, retryInMs: tryAgainInMs(mark.attempts + 1), counts: true }]);
    });
  }

  private wake(): void {
    this.waking = setTimeout(() => {
      this.turn = this.again()
        .catch((error: unknown) => this.log.warn({ err: error }, 'could not look for what is due'))
        .then(() => void (this.stopped || this.wake()));
    }, 1_000);
  }

  private async again(): Promise<void> {
    for (const [stream, head] of await dueBookmarks(this.db, consumer, 100)) {
      try {
        await project(this.db, this.store, new Map([[stream, head]]));
        await this.db.transaction(async (tx) => {
          await takeBookmarks(tx, consumer, new Map([[stream, head]]));
          await moveBookmarks(tx, consumer, [{ stream, version: head }]);
        });
      } catch (error) {
        if (isOutage(error)) throw error;
        await this.fail([stream, head], error as Error);
      }
    }
  }
}
