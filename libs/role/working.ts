import { Bus } from '#libs/bus';
import { Log, Settings } from '#libs/host';
import { Duties, Lags, STREAMS, Wake } from '#libs/platform';
import { Database, type EventStore } from '#libs/store';
import { runRole, type RunningWork, type Work } from '#libs/work';
import type { BeforeApplicationShutdown, OnModuleInit, Provider } from '@nestjs/common';

const WORK = Symbol('work');

/** The life of a role's work inside of Nest: listening before anything is published, stopped after the relay. */
class Working implements OnModuleInit, BeforeApplicationShutdown {
  private running?: RunningWork;

  constructor(
    private readonly role: string,
    private readonly work: Work,
    private readonly db: Database,
    private readonly store: EventStore,
    private readonly bus: Bus,
    private readonly wake: Wake,
    private readonly log: Log,
    private readonly settings: Settings,
    private readonly lags: Lags,
    private readonly duties: Duties,
  ) {}

  onModuleInit(): void {
    const { db, store, bus, wake, log } = this;
    for (const { name, about } of this.work.consumers) {
      this.lags.watch(name, about.topic);
      this.duties.reads(this.role, name, about.topic);
    }
    const appended = wake.relay.bind(wake);
    this.running = runRole(this.work, {
      db,
      bus,
      store,
      appended,
      duty: this.duties.of(this.role),
      log: (level, message, details) => log[level](details ?? {}, message),
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.running?.stop(this.settings.STOP_WITHIN_SECONDS * 500);
  }
}

type Parts = [Work, Database, EventStore, Bus, Wake, Log, Settings, Lags, Duties];

/** The providers that set a role to work. `make` gets what `inject` names. */
export const working = <T extends unknown[]>(role: string, make: (...parts: T) => Work | Promise<Work>, inject: unknown[]): Provider[] => [
  { provide: WORK, useFactory: make as (...parts: unknown[]) => unknown, inject: inject as never[] },
  {
    provide: Working,
    useFactory: (...parts: Parts) => new Working(role, ...parts),
    inject: [WORK, Database, STREAMS, Bus, Wake, Log, Settings, Lags, Duties],
  },
];
