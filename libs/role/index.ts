export { Callbacks, callbacks } from './callbacks.js';
export { Outside, outside } from './outside.js';
export { photoObjects } from './photo-objects.js';
export { working } from './working.js';
