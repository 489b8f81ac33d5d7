import { SettingsError } from '#libs/host';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';

/**
 * Makes the folder where it is missing, passable for PostgreSQL's user. One by one: Node's own recursive mkdir goes round in circles where the
 * system answers ENOENT for a folder whose parent is there, as below /proc.
 * @throws {SettingsError} if it cannot be made
 */
export async function makeDataDir(dir: string): Promise<void> {
  const missing: string[] = [];
  for (let folder = dir; !existsSync(folder); folder = path.dirname(folder)) missing.unshift(folder);
  for (const folder of missing)
    await mkdir(folder, { mode: 0o711 }).catch(({ code }: NodeJS.ErrnoException) => {
      // Another was quicker.
      if (code !== 'EEXIST') throw new SettingsError(`DATA_DIR ${dir} cannot be made (${code}).`);
    });
}
