import { supervise, type Instance, type Log, type Supervised } from '#libs/host';
import { beatInstance, declareWorkers, leaveInstance, nameWorkers, type Database } from '#libs/store';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import type { Duties } from './duties.js';
import { setTimeout as sleep } from 'node:timers/promises';

const everyMs = 2_000;
/** Of the rate's last value so much is kept in each beat: it tells of the last ten seconds or so. */
const memory = 0.7;

/**
 * Says every two seconds that this process is there and what it does, and hears in the same statement which of its roles are to rest. A ring from who
 * has changed that saves the wait; lost, it costs two seconds.
 */
export class Attendance implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private task?: Supervised;
  private deaf = async (): Promise<void> => {};
  private declared = false;
  private beating: Promise<void> = Promise.resolve();
  private nudge = (): void => {};
  private readonly seen = new Map<string, { at: number; count: number; rate: number }>();

  constructor(
    private readonly parts: {
      db: Database;
      duties: Duties;
      instance: Instance;
      log: Log;
      acrossProcesses: boolean;
      /** Nothing of its roles is run: then it cannot say what they do. */
      shut?: boolean;
    },
  ) {}

  onApplicationBootstrap(): void {
    const { db, log, acrossProcesses } = this.parts;
    if (acrossProcesses) this.deaf = db.listen('workers', () => this.nudge());
    // Not in /health, which says of the database by itself whether it is there.
    this.task = supervise('attendance', (signal) => this.attend(signal), { log });
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.deaf();
    await this.task?.stop(1_000);
    await this.beating.catch(() => {});
    // Unsaid, it is seen from its silence.
    await leaveInstance(this.parts.db, this.parts.instance.id).catch(() => {});
  }

  /** Once, now: one after another, so that what was heard later stands. */
  beat(): Promise<void> {
    return (this.beating = this.beating.catch(() => {}).then(() => this.say()));
  }

  private async attend(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      // A ring that comes during the beat counts too: it may have come too late for what the beat has read.
      const woken = new AbortController();
      const wake = (): void => woken.abort();
      this.nudge = wake;
      signal.addEventListener('abort', wake);
      try {
        await this.beat();
        await sleep(everyMs, undefined, { signal: woken.signal }).catch(() => {});
      } finally {
        signal.removeEventListener('abort', wake);
      }
    }
  }

  private async say(): Promise<void> {
    const { db, duties, instance, log, shut } = this.parts;
    const all = duties.all();
    if (!this.declared && shut) await nameWorkers(db, instance.roles);
    else if (!this.declared) {
      await declareWorkers(
        db,
        all.map(({ role, consumers, effects }) => ({
          role,
          groups: duties.readBy(role),
          consumers: [...consumers.keys()],
          effects: [...effects.keys()],
        })),
      );
    }
    this.declared = true;
    const report = () => all.map(({ role, paused, frozen, count }) => ({ role, paused, frozen, rate: this.rateOf(role, count) }));
    const resting = new Set(await beatInstance(db, instance, report()));
    const changed = all.filter(({ role, paused }) => paused !== resting.has(role));
    for (const duty of changed) {
      duty.paused = resting.has(duty.role);
      log.info({ role: duty.role, paused: duty.paused }, duty.paused ? 'rests: an operator has paused it' : 'works again');
    }
    // Whoever has asked for it waits to see it done.
    if (changed.length > 0) await beatInstance(db, instance, report());
  }

  /** A second, lately. */
  private rateOf(role: string, count: number): number {
    const at = performance.now();
    const last = this.seen.get(role) ?? { at: at - everyMs, count: 0, rate: 0 };
    // A second beat on the heels of the first would divide by nothing.
    if (at - last.at < 500) return last.rate;
    const now = ((count - last.count) * 1_000) / (at - last.at);
    const smooth = last.rate * memory + now * (1 - memory);
    const rate = smooth < 0.01 ? 0 : smooth;
    this.seen.set(role, { at, count, rate });
    return rate;
  }
}
