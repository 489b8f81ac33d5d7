import { Access } from '#libs/access';
import { Health, Instance, Log, Settings, supervise, type Supervised } from '#libs/host';
import { Objects } from '#libs/objects';
import { PaymentKeys } from '#libs/placing';
import { Duties } from '#libs/platform';
import { callbacks, Callbacks, photoObjects } from '#libs/role';
import { Database } from '#libs/store';
import { Injectable, Module, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { importFolder } from './import-folder.js';
import { askForDue } from './keep-timetable.js';
import { lead, type Led } from './lead.js';
import { unlessPaused } from './unless-paused.js';
import { watchFolder } from './watch-folder.js';

/** Cron goes by seconds. */
const lookMs = 1_000;

/** The scheduler's life inside of Nest: one leads, and sees to the timetable and the folder; the others stand by. */
@Injectable()
class Scheduling implements OnApplicationBootstrap, OnModuleDestroy, Led {
  private leading?: Supervised;
  private tasks: Supervised[] = [];

  constructor(
    private readonly db: Database,
    private readonly settings: Settings,
    private readonly access: Access,
    private readonly objects: Objects,
    private readonly callbacks: Callbacks,
    private readonly health: Health,
    private readonly instance: Instance,
    private readonly log: Log,
    private readonly duties: Duties,
  ) {}

  onApplicationBootstrap(): void {
    const { db, instance } = this;
    const parts = { db, instance: instance.id, log: this.say };
    this.leading = supervise('scheduler', (signal, beat) => lead(parts, this, signal, beat), { ...this.watched, beatWithinMs: 30_000 });
  }

  async onModuleDestroy(): Promise<void> {
    await this.leading?.stop(4_000);
  }

  start(): void {
    const { db, access, objects, callbacks, settings, watched } = this;
    const duty = this.duties.of('scheduler');
    this.tasks = [
      supervise(
        'timetable',
        async (signal, beat) => {
          for (; ; await sleep(lookMs, undefined, { signal })) {
            // What is missed meanwhile is each job's to decide, as if nobody had been there.
            if (!duty.rests) await askForDue(db, this.say);
            beat();
          }
        },
        { ...watched, beatWithinMs: 30_000 },
      ),
    ];
    if (!settings.IMPORT_DIR) return;
    const folder = importFolder(settings.IMPORT_DIR, {
      db,
      objects,
      access,
      keys: new PaymentKeys(db),
      callbacks: callbacks.rules,
      log: this.say,
    });
    // Not watched for hanging: sealing a large file takes as long as it takes.
    this.tasks.push(
      supervise('import-folder', (signal, beat) => unlessPaused(duty, signal, (on) => watchFolder(folder, on, beat)), watched),
    );
  }

  async stop(): Promise<void> {
    await Promise.all(this.tasks.splice(0).map((task) => task.stop(2_000)));
  }

  private get watched() {
    return { log: this.log, health: this.health };
  }

  private readonly say = (level: 'info' | 'warn' | 'error', message: string, details: object = {}): void =>
    this.log[level](details, message);
}

@Module({ providers: [Scheduling, photoObjects, callbacks] })
export class SchedulerModule {}
