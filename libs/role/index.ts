export { Outside, outside } from './outside.js';
export { working } from './working.js';
