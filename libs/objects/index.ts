export { Objects, type Found, type Listed } from './objects.js';
export { deleteAll } from './delete-all.js';
export { FilesystemObjects } from './filesystem.js';
export { MemoryObjects } from './memory.js';
