export { draw } from './draw.js';
