import { claimRun } from '#libs/store';
import { randomUUID } from 'node:crypto';
import type { AnyJob } from './job.js';
import { goThrough, type Going, type JobParts } from './go-through.js';

/**
 * Takes up runs, one after another or some at once, and goes through them. If the process dies or is frozen, its claims run out and others go on
 * from the last checkpoints.
 */
export class JobRunner {
  private jobs!: ReadonlyMap<string, AnyJob>;
  private readonly going = new Set<Going>();
  private timer?: NodeJS.Timeout;
  private looking: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(
    jobs: readonly AnyJob[],
    private readonly parts: JobParts,
  ) {
    this.know(jobs);
  }

  /** From now on these are the jobs that it does; what is going on goes on. */
  know(jobs: readonly AnyJob[]): void {
    this.jobs = new Map(jobs.map((job) => [job.name, job]));
  }

  start(): void {
    this.looking = this.look()
      .catch((error: unknown) => this.parts.log('warn', 'could not look for runs', { error }))
      .then(() => {
        if (!this.stopped) this.timer = setTimeout(() => this.start(), this.parts.lookMs ?? 500);
      });
  }

  /** Takes up nothing more, and tells the steps that are being made to stop. What they have not come to is for another process. */
  async stop(withinMs: number): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.looking;
    await Promise.all([...this.going].map((one) => one.leave(withinMs)));
  }

  private async look(): Promise<void> {
    const { db, instance, leaseMs = 15_000, atOnce = 4 } = this.parts;
    while (!this.stopped && !this.parts.duty?.rests && this.going.size < atOnce) {
      const claim = randomUUID();
      const row = await claimRun(db, [...this.jobs.keys()], { claim, instance, leaseMs });
      if (!row) return;
      const one = goThrough(this.jobs.get(row.job)!, row, claim, { ...this.parts, leaseMs });
      this.going.add(one);
      void one.over.finally(() => {
        this.going.delete(one);
        this.parts.duty?.handled(row.job, 1);
      });
    }
  }
}
