export { platform, Wake } from './platform.js';
