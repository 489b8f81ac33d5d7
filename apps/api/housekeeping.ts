import { Log, supervise, type Supervised } from '#libs/host';
import { Objects } from '#libs/objects';
import { Database } from '#libs/store';
import { Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { dropExpired } from '#libs/idempotency';
import { dropImports } from './imports/orphans.js';
import { dropOrphans } from './photos/orphans.js';

const hour = 60 * 60_000;

/** Drops, now and then, what the front door has left behind. Several instances may do it at once. */
@Injectable()
export class Housekeeping implements OnModuleInit, BeforeApplicationShutdown {
  private tasks: Supervised[] = [];

  constructor(
    private readonly db: Database,
    private readonly objects: Objects,
    private readonly log: Log,
  ) {}

  onModuleInit(): void {
    this.tasks = [
      this.each(hour, 'idempotency-keys', async (signal) => {
        while ((await dropExpired(this.db)) > 0) signal.throwIfAborted();
      }),
      this.each(24 * hour, 'orphaned-uploads', async (signal) => {
        const dropped = await dropOrphans(this.db, this.objects, signal);
        if (dropped > 0) this.log.info({ dropped }, 'uploads without a photo were deleted');
      }),
      this.each(60_000, 'orphaned-imports', async (signal) => {
        const dropped = await dropImports(this.db, this.objects, signal);
        if (dropped > 0) this.log.info({ dropped }, 'imports without an open run were deleted');
      }),
    ];
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.tasks.map((task) => task.stop(1_000)));
  }

  private each(ms: number, name: string, work: (signal: AbortSignal) => Promise<void>): Supervised {
    const task = async (signal: AbortSignal): Promise<void> => {
      for (;;) {
        await work(signal);
        await sleep(ms, undefined, { signal });
      }
    };
    return supervise(name, task, { log: this.log });
  }
}
