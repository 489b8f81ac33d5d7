import { describe, expect, it } from 'vitest';
import { isTimeZone, nextTick, ticksDue, whyNoSchedule } from './timetable.js';

const vienna = 'Europe/Vienna';
const iso = (dates: readonly Date[]) => dates.map((date) => date.toISOString().replace(':00.000Z', ''));

describe('a schedule', () => {
  it.each(['0 3 * * *', '*/5 * * * *', '30 0 3 * * *', '* * * * * *', '0 0 L * *', '0 9 * * MON-FRI'])('%s is one', (schedule) =>
    expect(whyNoSchedule(schedule)).toBeUndefined(),
  );

  it.each(['', 'x', '@daily', '* * * *', '* * * * * * *', '60 * * * *', '0 3 * * * 2027-01-01', '2027-01-01T00:00:00', 'a b c d e'])(
    '“%s” is none',
    (schedule) => expect(whyNoSchedule(schedule)).toMatch(/^This .+[^ ]$/),
  );

  it('of a time that never comes is none', () => expect(whyNoSchedule('0 0 30 2 *')).toBe('This is a time that never comes.'));
});

it.each([
  ['UTC', true],
  [vienna, true],
  ['Etc/GMT+5', true],
  ['+01:00', false],
  ['Europe/Atlantis', false],
  ['', false],
])('a time zone: %s is %s', (name, is) => expect(isTimeZone(name)).toBe(is));

describe('the next time', () => {
  it('is one of the job’s time zone', () =>
    expect(nextTick({ schedule: '0 3 * * *', timeZone: vienna }, new Date('2026-01-01T02:00Z'))).toEqual(new Date('2026-01-02T02:00Z')));
});

describe('what is due', () => {
  const nightly = { schedule: '30 2 * * *', timeZone: vienna };
  const all = (schedule: string, from: string, to: string) =>
    iso(ticksDue({ schedule, timeZone: vienna }, 'all', new Date(from), new Date(to)));

  it('at a time that clocks put forward leave out comes right after, once', () =>
    expect(all(nightly.schedule, '2026-03-28T12:00Z', '2026-03-30T12:00Z')).toEqual(['2026-03-29T01:00', '2026-03-30T00:30']));

  it('at a time that clocks put back bring twice comes once', () =>
    expect(all(nightly.schedule, '2026-10-24T12:00Z', '2026-10-26T12:00Z')).toEqual(['2026-10-25T00:30', '2026-10-26T01:30']));

  it('each half hour comes each half hour all the same', () => {
    expect(all('*/30 * * * *', '2026-03-29T00:00Z', '2026-03-29T02:00Z')).toHaveLength(4);
    expect(all('*/30 * * * *', '2026-10-25T00:00Z', '2026-10-25T02:00Z')).toHaveLength(4);
  });

  it('is what lies behind the time seen, up to now', () => {
    expect(all(nightly.schedule, '2026-06-01T00:30Z', '2026-06-02T00:29:59Z')).toEqual([]);
    expect(all(nightly.schedule, '2026-06-01T00:30Z', '2026-06-02T00:30Z')).toEqual(['2026-06-02T00:30']);
    expect(all(nightly.schedule, '2026-06-01T00:29:59.999Z', '2026-06-01T00:30:00.500Z')).toEqual(['2026-06-01T00:30']);
  });

  it.each([
    ['none', []],
    ['once', ['2026-06-04T00:30']],
    ['all', ['2026-06-02T00:30', '2026-06-03T00:30', '2026-06-04T00:30']],
  ] as const)('of three nights missed: %s', (missed, ticks) =>
    expect(iso(ticksDue(nightly, missed, new Date('2026-06-01T12:00Z'), new Date('2026-06-04T12:00Z')))).toEqual(ticks),
  );

  it.each([
    ['none', ['2026-06-04T00:30']],
    ['once', ['2026-06-04T00:30']],
    ['all', ['2026-06-03T00:30', '2026-06-04T00:30']],
  ] as const)('of one that is on time, and one missed: %s', (missed, ticks) =>
    expect(iso(ticksDue(nightly, missed, new Date('2026-06-02T12:00Z'), new Date('2026-06-04T00:30:05Z')))).toEqual(ticks),
  );

  it('of a year of seconds is the last hundred, and found at once', () => {
    const due = ticksDue(
      { schedule: '* * * * * *', timeZone: vienna },
      'all',
      new Date('2025-06-01T00:00Z'),
      new Date('2026-06-01T00:00Z'),
    );
    expect([due.length, due.at(-1)]).toEqual([100, new Date('2026-06-01T00:00Z')]);
  });
});
