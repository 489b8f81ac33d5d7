import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface PidFile {
  readonly pid: number;
  /** `starting`, `ready`, `stopping`, `standby`: what pg_ctl waits for. */
  readonly status: string | undefined;
  readonly port: number;
}

/** postmaster.pid of a data folder: pid, folder, start, port, socket folder, address, shared memory, status, one a line. */
export const readPidFile = (data: string): PidFile | undefined => {
  let lines: string[];
  try {
    lines = fs.readFileSync(path.join(data, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return undefined;
  }
  const pid = Number(lines[0]);
  return pid > 0 ? { pid, status: lines[7]?.trim() || undefined, port: Number(lines[3]) } : undefined;
};

/** A number outlives its process: whether `pid` is a postmaster of this very folder now. A zombie is none. */
export const runsHere = (pid: number, data: string): boolean => {
  if (fs.existsSync('/proc/self/cwd')) {
    try {
      return fs.readlinkSync(`/proc/${pid}/cwd`) === fs.realpathSync(data);
    } catch {
      return false;
    }
  }
  return spawnSync('ps', ['-ww', '-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).stdout.includes(`-D ${data}`);
};

const parentOf = (pid: number): number => Number(spawnSync('ps', ['-o', 'ppid=', '-p', String(pid)], { encoding: 'utf8' }).stdout);

/**
 * What a killed host left behind: a postmaster still running is stopped (politely, after 10 s by SIGQUIT), a pid file whose number has
 * gone to somebody else is removed. The caller holds the folder.
 *
 * @returns false where there is no flock and the postmaster's host is still alive
 */
export const clearLeftover = async (data: string): Promise<boolean> => {
  const found = readPidFile(data);
  if (!found) return true;
  if (!runsHere(found.pid, data)) {
    // PostgreSQL would take any living process for its own.
    fs.rmSync(path.join(data, 'postmaster.pid'), { force: true });
    return true;
  }
  if (spawnSync('flock', ['--version']).status !== 0 && parentOf(found.pid) > 1) return false;
  process.kill(found.pid, 'SIGINT');
  const patience = Date.now() + 10_000;
  for (let pressed = false; runsHere(found.pid, data); await sleep(20)) {
    if (pressed || Date.now() < patience) continue;
    pressed = true;
    process.kill(found.pid, 'SIGQUIT');
  }
  return true;
};
