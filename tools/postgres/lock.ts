import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';

export class FolderInUse extends Error {
  constructor(dir: string) {
    super(`Another host is running on ${dir}; stop it first, or choose another folder.`);
  }
}

export interface Lock {
  release(): Promise<void>;
}

const hasFlock = (): boolean => spawnSync('flock', ['--version']).status === 0;

/**
 * Holds `file` for this process. The lock is the kernel's: `cat` holds it until its standard input closes, so it is let go when
 * this process is killed, and there are no stale locks. Its session is its own, as Ctrl-C must not end it before the host has drained.
 * Where there is no flock, nothing is held: the postmaster's parent tells then (postmaster.ts).
 *
 * @throws {FolderInUse} when another process has held it for a second (a killed host's `cat` needs some milliseconds to notice)
 */
export const holdFolder = async (dir: string, file: string): Promise<Lock> => {
  if (!hasFlock()) return { release: async () => {} };
  const holder = spawn('flock', ['--wait', '1', '--no-fork', file, 'sh', '-c', 'echo held; exec cat'], {
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const held = await Promise.race([once(holder.stdout, 'data').then(() => true), once(holder, 'exit').then(() => false)]);
  if (!held) throw new FolderInUse(dir);
  // It must not keep a host alive that has nothing else to do.
  for (const handle of [holder, holder.stdin as Socket, holder.stdout as Socket]) handle.unref();
  return {
    async release() {
      if (holder.exitCode !== null || holder.signalCode !== null) return;
      holder.ref();
      const gone = once(holder, 'exit');
      holder.stdin.end();
      await gone;
    },
  };
};
