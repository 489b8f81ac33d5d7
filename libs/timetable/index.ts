export { isTimeZone, nextTick, ticksDue, whyNoSchedule, type Timetable } from './timetable.js';
