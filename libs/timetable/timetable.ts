import { Cron } from 'croner';

/** When a job is due. */
export interface Timetable {
  /** Cron of 5 fields, or of 6 with the seconds before them. */
  readonly schedule: string;
  /** IANA. Where clocks are put forward, a time of the day that does not exist is made up for right after; put back, it comes once. */
  readonly timeZone: string;
}

/** What was due so short a time ago is on time: a leader that dies is followed, and a process that is started again is back. */
const onTimeMs = 15_000;
/** Of what nobody looked at, most: a timetable of seconds would have a million runs after a fortnight. */
const mostMissed = 100;

/** @returns a sentence if this is no cron of 5 or 6 fields, or one that never comes */
export function whyNoSchedule(schedule: string): string | undefined {
  // The parser knows nicknames and dates as well.
  const fields = schedule.trim().split(/\s+/).length;
  if (fields !== 5 && fields !== 6) return 'This must be 5 or 6 fields of cron.';
  try {
    return cronOf({ schedule, timeZone: 'UTC' }).nextRun() ? undefined : 'This is a time that never comes.';
  } catch (error) {
    return `This is no cron: ${(error as Error).message.replace(/^CronPattern: /, '')}`;
  }
}

/** Whether this names a time zone, and not only a distance from UTC: that would not know of summer. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** The first time behind `after`; `undefined` if there is none. */
export const nextTick = (timetable: Timetable, after: Date): Date | undefined => cronOf(timetable).nextRun(after) ?? undefined;

/**
 * The times that want a run, out of those behind `seen` and up to `now`: each that is on time; of those that were missed what `missed` says, none,
 * one, or each, the oldest first.
 */
export function ticksDue(timetable: Timetable, missed: 'none' | 'once' | 'all', seen: Date, now: Date): readonly Date[] {
  const cron = cronOf(timetable);
  // From behind: however long nobody looked, it is not gone through.
  const ticks = cron.previousRuns(mostMissed, new Date(now.getTime() + 1)).filter((tick) => tick > seen);
  const inOrder = ticks.toSorted((a, b) => a.getTime() - b.getTime());
  if (missed === 'all') return inOrder;
  const onTime = inOrder.filter((tick) => now.getTime() - tick.getTime() <= onTimeMs);
  return missed === 'once' && onTime.length === 0 ? inOrder.slice(-1) : onTime;
}

const cronOf = ({ schedule, timeZone }: Timetable): Cron => new Cron(schedule, { mode: '5-or-6-parts', timezone: timeZone, paused: true });
