import { readFileSync } from 'node:fs';

/** Of this build: the hash of its sources, which the build leaves beside its files. Run from source, it is always the same. */
export function version(): string {
  try {
    return readFileSync(new URL('../../sources.sha256', import.meta.url), 'utf8');
  } catch {
    return 'source';
  }
}
