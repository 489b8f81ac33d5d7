import fs from 'node:fs';
import path from 'node:path';
import type { BookEntry } from '../evidence.js';

/** A book of the world's as it lies on the disk. */
export const bookOf = (dir: string, service: 'gateway' | 'printer' | 'carrier'): BookEntry[] =>
  fs
    .readFileSync(path.join(dir, `${service}.ndjson`), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as BookEntry);
