export { platform, Wake } from './platform.js';
export { runAlone } from './run-alone.js';
