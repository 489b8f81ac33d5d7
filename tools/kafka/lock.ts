import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';

/**
 * Runs `work` while no other process does so under the same file. flock's lock is the kernel's: it is let go when its holder's
 * standard input closes, that is also when this process is killed. Where there is no flock, there is no lock.
 */
export const locked = async <T>(file: string, work: () => Promise<T>): Promise<T> => {
  if (!fs.existsSync('/usr/bin/flock')) return work();
  const holder = spawn('/usr/bin/flock', [file, 'sh', '-c', 'echo held; cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(holder.stdout, 'data');
  try {
    return await work();
  } finally {
    const gone = once(holder, 'exit');
    holder.stdin.end();
    await gone;
  }
};
