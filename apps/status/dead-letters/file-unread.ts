import { Bus, type Subscription } from '#libs/bus';
import { Database, fileUndecodable } from '#libs/store';
import { Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';

/** Files the records that nobody could read, so that they stand in the operator's list beside all else that was given up. */
@Injectable()
export class FileUnread implements OnModuleInit, BeforeApplicationShutdown {
  private reading?: Subscription;

  constructor(
    private readonly bus: Bus,
    private readonly db: Database,
  ) {}

  onModuleInit(): void {
    this.reading = this.bus.unread((some) =>
      fileUndecodable(
        this.db,
        some.map(({ group, ...record }) => ({ ...record, consumer: group })),
      ),
    );
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.reading?.close();
  }
}
