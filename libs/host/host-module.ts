import { Module, type DynamicModule } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { Health } from './health.js';
import { HealthController } from './health-controller.js';
import { Lifecycle } from './lifecycle.js';
import { Log } from './log.js';
import { Metrics } from './metrics.js';
import { MetricsController } from './metrics-controller.js';
import { Settings } from './settings.js';
import { StartUp } from './start-up.js';

/** This process among its like. */
export abstract class Instance {
  /** Unlike any other's, also after a restart. */
  readonly id!: string;
  readonly roles!: readonly string[];
  /** RFC 3339, UTC. */
  readonly startedAt!: string;
}

/** What every process has, given: none of it is made by Nest, as the start needs it before Nest is there. */
export interface Host {
  settings: Settings;
  log: Log;
  health: Health;
  lifecycle: Lifecycle;
  instance: Instance;
  metrics: Metrics;
  startUp: StartUp;
}

/** Global: any module of a process may ask for the host's parts. */
@Module({})
export class HostModule {
  static of({ settings, log, health, lifecycle, instance, metrics, startUp }: Host): DynamicModule {
    const providers = [
      { provide: Settings, useValue: settings },
      { provide: Log, useValue: log },
      { provide: Health, useValue: health },
      { provide: Lifecycle, useValue: lifecycle },
      { provide: Instance, useValue: instance },
      { provide: Metrics, useValue: metrics },
      { provide: StartUp, useValue: startUp },
    ];
    return {
      module: HostModule,
      global: true,
      // terminus' own log would name each failed check at each probe.
      imports: [TerminusModule.forRoot({ logger: false })],
      controllers: [HealthController, MetricsController],
      providers,
      exports: providers.map(({ provide }) => provide),
    };
  }
}
