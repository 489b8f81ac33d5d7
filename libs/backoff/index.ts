export { pause, pauseMs, type Backoff } from './backoff.js';
