import { Health, Instance, Log, Settings, StartUp, supervise, type Supervised } from '#libs/host';
import { Objects } from '#libs/objects';
import { Duties, Wake } from '#libs/platform';
import { photoObjects } from '#libs/role';
import { Database, declareJobs } from '#libs/store';
import { declarationOf, JobRunner } from '#libs/work';
import { Injectable, Module, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { Scripts } from './scripts/watch-scripts.js';
import { jobs } from './work.js';

/** How soon a script that is new in its folder is known. */
const lookMs = 2_000;

/** The runner's life inside of Nest: the jobs are declared before the process is ready, so that whoever finds this role ready can ask for runs. */
@Injectable()
class Running implements OnModuleInit, BeforeApplicationShutdown {
  private readonly runner: JobRunner;
  private readonly all;
  private readonly scripts?: Scripts;
  private watching?: Supervised;

  constructor(
    private readonly db: Database,
    objects: Objects,
    wake: Wake,
    private readonly log: Log,
    instance: Instance,
    duties: Duties,
    private readonly settings: Settings,
    private readonly startUp: StartUp,
    private readonly health: Health,
  ) {
    this.all = jobs(objects, () => wake.relay(new Set(['bulk'])), settings);
    const say = (level: 'info' | 'warn' | 'error', message: string, details?: object): void => log[level](details ?? {}, message);
    this.runner = new JobRunner(this.all, { db, instance: instance.id, duty: duties.of('jobs'), log: say });
    const taken = new Set(this.all.map(({ name }) => name));
    if (settings.JOBS_DIR) this.scripts = new Scripts(settings.JOBS_DIR, { db, instance: instance.id, taken, log: say });
  }

  onModuleInit(): void {
    this.startUp.foreground('jobs', async () => {
      await declareJobs(this.db, this.all.map(declarationOf));
      await this.lookForScripts();
      this.runner.start();
      const { log, health } = this;
      if (this.scripts)
        this.watching = supervise('scripts', (signal, beat) => this.watch(signal, beat), { log, health, beatWithinMs: 30_000 });
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.watching?.stop(1_000);
    await this.runner.stop(this.settings.STOP_WITHIN_SECONDS * 500);
  }

  private async watch(signal: AbortSignal, beat: () => void): Promise<void> {
    for (; ; await sleep(lookMs, undefined, { signal })) {
      await this.lookForScripts();
      beat();
    }
  }

  private async lookForScripts(): Promise<void> {
    if (this.scripts) this.runner.know([...this.all, ...(await this.scripts.look())]);
  }
}

@Module({ providers: [photoObjects, Running] })
export class JobsModule {}
