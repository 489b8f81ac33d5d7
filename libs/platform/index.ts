export { Attendance } from './attendance.js';
export { Duties } from './duties.js';
export { Lags } from './lags.js';
export { platform, STREAMS, Wake } from './platform.js';
export { runAlone } from './run-alone.js';
export { whileFrozen } from './while-frozen.js';
export { topics } from './topics.js';
