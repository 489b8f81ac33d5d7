import { randomBytes } from 'node:crypto';
import { link, rm, writeFile } from 'node:fs/promises';

/**
 * Makes a file that only its owner may read. It is linked when whole, so that a process that is killed here leaves no half of it; and unlike a
 * rename, that gives way to one that is there already: of several processes at once, one makes it for all.
 */
export async function makeFile(file: string, text: string): Promise<void> {
  const half = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(half, text, { mode: 0o600, flush: true });
    await link(half, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(half, { force: true });
  }
}
