import { Bus, lanes, topicOf, type Subscription } from '#libs/bus';
import { Duties, Lags } from '#libs/platform';
import { Outside, outside, working } from '#libs/role';
import { Database } from '#libs/store';
import { Injectable, Module, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { wakeOrders } from './photos.js';
import { fulfilment } from './work.js';

const ends = new Set(['PhotoReady', 'PhotoRejected', 'PhotoErased']);

/** Hears of photos that have come to their end, and wakes the orders that wait for them. */
@Injectable()
class Doorbell implements OnModuleInit, BeforeApplicationShutdown {
  private heard: Subscription[] = [];

  constructor(
    private readonly bus: Bus,
    private readonly db: Database,
    private readonly lags: Lags,
    private readonly duties: Duties,
  ) {}

  onModuleInit(): void {
    this.lags.watch('fulfilment-doorbell', 'photos');
    this.duties.reads('fulfilment', 'fulfilment-doorbell', 'photos');
    this.heard = lanes.map((lane) =>
      this.bus.subscribe('fulfilment-doorbell', topicOf('photos', lane), async (news) => {
        const ended = news.filter(({ type }) => ends.has(type)).map(({ stream }) => stream);
        if (ended.length) await wakeOrders(this.db, ended);
      }),
    );
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.heard.map((one) => one.close()));
  }
}

@Module({ providers: [outside, Doorbell, ...working('fulfilment', fulfilment, [Outside, Database])] })
export class FulfilmentModule {}
