export { pause, pauseMs, type Backoff } from './backoff.js';
export { retryAfterMs } from './retry-after.js';
