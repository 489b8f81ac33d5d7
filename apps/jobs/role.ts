import { Instance, Log, Settings, StartUp, type Role } from '#libs/host';
import { Objects } from '#libs/objects';
import { Duties, Wake } from '#libs/platform';
import { photoObjects } from '#libs/role';
import { Database, declareJobs } from '#libs/store';
import { declarationOf, JobRunner } from '#libs/work';
import { Injectable, Module, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { jobs } from './work.js';

/** The runner's life inside of Nest: the jobs are declared before the process is ready, so that whoever finds this role ready can ask for runs. */
@Injectable()
class Running implements OnModuleInit, BeforeApplicationShutdown {
  private readonly runner: JobRunner;
  private readonly all;

  constructor(
    private readonly db: Database,
    objects: Objects,
    wake: Wake,
    log: Log,
    instance: Instance,
    duties: Duties,
    private readonly settings: Settings,
    private readonly startUp: StartUp,
  ) {
    this.all = jobs(objects, () => wake.relay(new Set(['bulk'])), settings);
    this.runner = new JobRunner(this.all, {
      db,
      instance: instance.id,
      duty: duties.of('jobs'),
      log: (level, message, details) => log[level](details ?? {}, message),
    });
  }

  onModuleInit(): void {
    this.startUp.foreground('jobs', async () => {
      await declareJobs(this.db, this.all.map(declarationOf));
      this.runner.start();
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.runner.stop(this.settings.STOP_WITHIN_SECONDS * 500);
  }
}

@Module({ providers: [photoObjects, Running] })
class JobsModule {}

export const role: Role = { name: 'jobs', port: 3017, module: JobsModule };
