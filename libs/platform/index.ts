export { Lags } from './lags.js';
export { platform, Wake } from './platform.js';
export { runAlone } from './run-alone.js';
export { topics } from './topics.js';
