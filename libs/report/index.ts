export { dayReport, type DayReport } from './day-report.js';
