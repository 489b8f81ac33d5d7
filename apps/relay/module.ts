import { Bus, EmbeddedBus } from '#libs/bus';
import { Instance, Log, within } from '#libs/host';
import { Duties, Wake } from '#libs/platform';
import { Database } from '#libs/store';
import { Injectable, Module, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Relay } from './relay.js';

/** The relay's life inside of Nest: it starts once all who listen do, and stops before them. */
@Injectable()
class Relaying implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly relay: Relay;
  private deaf = async (): Promise<void> => {};

  constructor(
    db: Database,
    bus: Bus,
    private readonly wake: Wake,
    private readonly log: Log,
    instance: Instance,
    duties: Duties,
  ) {
    const say = (level: 'info' | 'warn' | 'error', message: string, details?: object): void => log[level](details ?? {}, message);
    this.relay = new Relay({
      db,
      bus,
      instance: instance.id,
      log: say,
      duty: duties.of('relay'),
      onTheWay: bus instanceof EmbeddedBus ? 4 : 1,
    });
  }

  onApplicationBootstrap(): void {
    this.relay.start();
    this.deaf = this.wake.hear((lanes) => this.relay.ring(lanes));
  }

  async onModuleDestroy(): Promise<void> {
    await this.deaf();
    if (!(await within(2_000, this.relay.stop()))) this.log.warn('what is on its way will be published again');
  }
}

@Module({ providers: [Relaying] })
export class RelayModule {}
