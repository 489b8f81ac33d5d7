import { Log, supervise, type Supervised } from '#libs/host';
import { Database } from '#libs/store';
import { Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { dropExpired } from './idempotency.js';

/** Drops the answers whose day is over, once an hour. */
@Injectable()
export class ExpiredAnswers implements OnModuleInit, BeforeApplicationShutdown {
  private dropping?: Supervised;

  constructor(
    private readonly db: Database,
    private readonly log: Log,
  ) {}

  onModuleInit(): void {
    const task = async (signal: AbortSignal): Promise<void> => {
      for (;;) {
        while ((await dropExpired(this.db)) > 0) signal.throwIfAborted();
        await sleep(60 * 60_000, undefined, { signal });
      }
    };
    this.dropping = supervise('idempotency-keys', task, { log: this.log });
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.dropping?.stop(1_000);
  }
}
