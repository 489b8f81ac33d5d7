import { askForRun, type Database, type JobSettings } from '#libs/store';
import { nextTick, ticksDue } from '#libs/timetable';
import { v7 as uuidv7 } from 'uuid';

interface Row extends Record<string, unknown> {
  readonly name: string;
  readonly missed: 'none' | 'once' | 'all';
  readonly settings: JobSettings & { readonly schedule: string };
  readonly seen: Date;
  /** The same as the database has it, to the microsecond. */
  readonly exactly: string;
  /** The database's clock: another's may go wrong, or differently from that of who led before. */
  readonly now: Date;
}

/**
 * Asks for the runs that are due, and does no work itself. A time of the timetable has one run, however many look at it: what has been seen to
 * moves on together with the runs asked for, and moves once.
 */
export async function askForDue(db: Database, log: (level: 'info' | 'error', message: string, details: object) => void): Promise<void> {
  const jobs = await db.run<Row>(
    'timetable',
    `SELECT name, missed, settings, ticked_until AS seen, ticked_until::text AS exactly, now() FROM jobs
     WHERE (settings ->> 'enabled')::boolean AND settings ->> 'schedule' IS NOT NULL`,
    [],
  );
  for (const job of jobs) {
    // A job whose timetable cannot be read keeps no other from its runs.
    if (isDue(job, log)) await askFor(db, job, log);
  }
}

function isDue({ name, settings, seen, now }: Row, log: (level: 'error', message: string, details: object) => void): boolean {
  try {
    const next = nextTick(settings, seen);
    return next !== undefined && next <= now;
  } catch (error) {
    log('error', 'a job’s timetable cannot be read', { job: name, error });
    return false;
  }
}

async function askFor(db: Database, job: Row, log: (level: 'info', message: string, details: object) => void): Promise<void> {
  const { name, missed, settings, seen, exactly, now } = job;
  const ticks = ticksDue(settings, missed, seen, now).map((tick) => tick.toISOString());
  const asked: string[] = [];
  const won = await db.transaction(async (tx) => {
    const moved = await tx.run(
      'timetable-seen',
      'UPDATE jobs SET ticked_until = $3 WHERE name = $1 AND ticked_until = $2::timestamptz RETURNING name',
      [name, exactly, now],
    );
    if (moved.length === 0) return false;
    // By hand it may be given something; by the timetable it is given nothing.
    for (const tick of ticks) if (await askForRun(tx, { id: uuidv7(), job: name, trigger: 'schedule', input: {}, tick })) asked.push(tick);
    return true;
  });
  if (!won) return;
  const left = ticks.filter((tick) => !asked.includes(tick));
  if (asked.length > 0) log('info', 'runs were asked for', { job: name, ticks: asked });
  if (left.length > 0) log('info', 'a run is open, so there will be no other', { job: name, ticks: left });
}
