import type { Settings } from '#libs/host';
import type { JobSettings, Tx } from '#libs/store';
import { nextTick } from '#libs/timetable';
import { lastRuns } from './runs.js';

interface JobRow {
  readonly name: string;
  readonly description: string;
  readonly settings: JobSettings;
  /** The database's clock. */
  readonly now: Date;
}

/** Jobs by name, behind that one. */
export async function listJobs(db: Pick<Tx, 'run'>, settings: Settings, limit: number, after = '') {
  const rows = await db.run<JobRow & Record<string, unknown>>(
    'jobs',
    'SELECT name, description, settings, now() FROM jobs WHERE name > $1 ORDER BY name LIMIT $2',
    [after, limit + 1],
  );
  const page = rows.slice(0, limit);
  return { items: await showJobs(db, settings, page), next: rows.length > limit ? page.at(-1)!.name : null };
}

export async function readJob(db: Pick<Tx, 'run'>, settings: Settings, name: string) {
  const rows = await db.run<JobRow & Record<string, unknown>>(
    'job',
    'SELECT name, description, settings, now() FROM jobs WHERE name = $1',
    [name],
  );
  const [job] = await showJobs(db, settings, rows);
  return job;
}

async function showJobs(db: Pick<Tx, 'run'>, to: Settings, rows: readonly JobRow[]) {
  const names = rows.map(({ name }) => name);
  const runs = await lastRuns(db, to, names);
  return rows.map(({ name, description, settings, now }) => {
    const { enabled, schedule, timeZone, overlap, singleton, stoppingWaitSeconds } = settings;
    const next = enabled && schedule !== null ? nextTick({ schedule, timeZone }, now) : undefined;
    return {
      name,
      description,
      enabled,
      schedule,
      timeZone,
      overlap,
      singleton,
      stoppingWaitSeconds,
      nextRunAt: next?.toISOString() ?? null,
      runs: runs.get(name)!,
    };
  });
}
