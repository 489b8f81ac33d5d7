import { Bus, lanes, topicOf, type News, type Subscription } from '#libs/bus';
import { Log } from '#libs/host';
import { Duties, Lags, STREAMS } from '#libs/platform';
import { Database, dueBookmarks, failBookmarks, isOutage, moveBookmarks, noteNews, takeBookmarks, type EventStore } from '#libs/store';
import { Duty, tracedNews, tryAgainInMs } from '#libs/work';
import { Inject, Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { project } from '#libs/order-status';

const consumer = 'status';
/** Of what is due, in one go. */
const most = 200;

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
  private readonly duty: Duty;

  constructor(
    private readonly bus: Bus,
    private readonly db: Database,
    @Inject(STREAMS) private readonly store: EventStore,
    private readonly log: Log,
    private readonly lags: Lags,
    private readonly duties: Duties,
  ) {
    this.duty = duties.of('status');
    this.duty.consumer(consumer);
  }

  onModuleInit(): void {
    this.lags.watch(consumer, 'orders');
    this.duties.reads('status', consumer, 'orders');
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
    // Whoever reads an order meanwhile reads it from its stream.
    if (this.duty.rests) return noteNews(this.db, consumer, heads);
    await tracedNews(consumer, news, () => this.all(heads));
  }

  private async all(heads: ReadonlyMap<string, number>): Promise<void> {
    try {
      await project(this.db, this.store, heads);
      this.duty.handled(consumer, heads.size);
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
    this.log.warn({ error, stream }, 'could not be projected');
    await this.db.transaction(async (tx) => {
      const [mark] = await takeBookmarks(tx, consumer, new Map([[stream, head]]));
      if (!mark || mark.waits) return;
      this.duty.failed(consumer);
      await failBookmarks(tx, consumer, [{ stream, error: error.message, retryInMs: tryAgainInMs(mark.attempts + 1), counts: true }]);
    });
  }

  private wake(): void {
    this.waking = setTimeout(() => {
      this.turn = this.again()
        .catch((error: unknown) => this.log.warn({ error }, 'could not look for what is due'))
        .then(() => void (this.stopped || this.wake()));
    }, 1_000);
  }

  /** All at once if it can be; what a rest has left behind is many. */
  private async again(): Promise<void> {
    while (!this.stopped && !this.duty.rests) {
      const due = await dueBookmarks(this.db, consumer, most);
      await this.caughtUp(due);
      if (due.size < most) return;
    }
  }

  private async caughtUp(due: ReadonlyMap<string, number>): Promise<void> {
    if (due.size === 0) return;
    try {
      await project(this.db, this.store, due);
      await this.db.transaction(async (tx) => {
        const marks = await takeBookmarks(tx, consumer, due);
        // Another instance may rest still, and have noted more.
        const whole = marks.filter(({ stream, head }) => head === due.get(stream));
        await moveBookmarks(
          tx,
          consumer,
          whole.map(({ stream, head: version }) => ({ stream, version })),
        );
      });
      this.duty.handled(consumer, due.size);
    } catch (error) {
      if (isOutage(error)) throw error;
      if (due.size > 1) for (const [stream, head] of due) await this.caughtUp(new Map([[stream, head]]));
      else await this.fail([...due][0]!, error as Error);
    }
  }
}
