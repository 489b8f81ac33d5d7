import { execFile, spawnSync } from 'node:child_process';
import { mkdir, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const root = path.resolve(import.meta.dirname, '../..');
const run = promisify(execFile);

const git = (...args: string[]): string | undefined => {
  const { status, stdout } = spawnSync('git', args, { cwd: root, encoding: 'utf8' });
  return status === 0 && stdout.trim() ? stdout.trim() : undefined;
};

/**
 * What this build follows: the newest tag before this commit; while there is none, the commit before the newest migration, the last that knows
 * nothing of today's schema. Undefined where there is no history.
 */
export function lastRelease(): string | undefined {
  const tag = git('describe', '--tags', '--abbrev=0', 'HEAD^');
  if (tag) return tag;
  const newest = git('log', '-1', '--format=%H', '--diff-filter=A', '--', 'libs/store/migrations');
  const before = newest && git('rev-parse', '--verify', '--quiet', `${newest}~1`);
  if (!before) console.warn('Two releases are not tried side by side: there is no history here.');
  return before;
}

/** Its build, in a new folder, on the packages of this one. */
export async function buildRelease(release: string, dir: string): Promise<void> {
  await mkdir(dir);
  const sources = `${dir}.tar`;
  await run('git', ['archive', '--output', sources, release], { cwd: root });
  await run('tar', ['-xf', sources, '-C', dir]);
  await rm(sources);
  await symlink(path.join(root, 'node_modules'), path.join(dir, 'node_modules'));
  await run(process.execPath, ['-e', "import('./tools/build.mjs').then(({ build }) => build())"], { cwd: dir });
}
