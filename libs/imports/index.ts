export { readSealed } from './read-sealed.js';
export { mostBytes, objectOf, receiveImport } from './receive-import.js';
export { mostRejected, sealImport, type ImportType, type SealingParts } from './seal-import.js';
export type { SealedEntry, SealedOrder, Spoilt } from './sealed-entry.js';
