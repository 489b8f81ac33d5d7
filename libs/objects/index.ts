export { Objects, type Found, type Listed } from './objects.js';
export { FilesystemObjects } from './filesystem.js';
export { MemoryObjects } from './memory.js';
