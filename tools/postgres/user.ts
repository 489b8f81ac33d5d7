import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

/** Whom PostgreSQL runs as: it refuses to run as root. `undefined`: as we do. */
export interface User {
  readonly uid: number;
  readonly gid: number;
}

const idOf = (flag: '-u' | '-g'): number | undefined => {
  const { status, stdout } = spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' });
  return status === 0 ? Number(stdout) : undefined;
};

/** Root's PostgreSQL runs as the user postgres, who is made where there is none. */
export const postgresUser = (): User | undefined => {
  if (process.getuid?.() !== 0) return undefined;
  if (idOf('-u') === undefined) execFileSync('useradd', ['--system', '--user-group', '--no-create-home', 'postgres'], { stdio: 'pipe' });
  return { uid: idOf('-u')!, gid: idOf('-g')! };
};

/** @returns the first folder on the way to `target` that this user may not pass, or undefined. */
export const closedTo = ({ uid, gid }: User, target: string): string | undefined => {
  const parts = path.resolve(target).split(path.sep).slice(1);
  for (let i = 0; i < parts.length; i++) {
    const folder = path.sep + parts.slice(0, i).join(path.sep);
    const stat = fs.statSync(folder);
    const pass = stat.uid === uid ? 0o100 : stat.gid === gid ? 0o010 : 0o001;
    if ((stat.mode & pass) === 0) return folder;
  }
  return undefined;
};
