import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { missing } from './tools.js';

const kept = path.resolve(import.meta.dirname, '../../node_modules/.cache/prometheus');

/** A promtool that runs here: the one that PROMTOOL names, the machine's own, or on Debian the one of its package, unpacked for us alone. */
export const promtool = found();

function found(): string | undefined {
  const known = [process.env.PROMTOOL, 'promtool', path.join(kept, 'usr/bin/promtool')].find((file) => file && runs(file));
  if (known) return known;
  try {
    return bring();
  } catch (error) {
    missing('promtool', (error as Error).message);
    return undefined;
  }
}

function runs(file: string): boolean {
  return spawnSync(file, ['--version']).status === 0;
}

/** 20 MB, some seconds, no root: apt with folders of its own, since a machine's lists may be old. It checks what it brings by Debian's keys. */
function bring(): string {
  mkdirSync(path.dirname(kept), { recursive: true });
  const dir = mkdtempSync(`${kept}-`);
  const run = (command: string, ...args: string[]) => execFileSync(command, args, { cwd: dir, stdio: 'pipe', timeout: 120_000 });
  const own = [`Dir::State=${dir}/state`, `Dir::Cache=${dir}/cache`, 'APT::Sandbox::User=', 'Acquire::Retries=3'].flatMap((one) => [
    '-o',
    one,
  ]);
  try {
    for (const partial of ['state/lists/partial', 'cache/archives/partial']) mkdirSync(path.join(dir, partial), { recursive: true });
    run('apt-get', ...own, 'update');
    run('apt-get', ...own, 'download', 'prometheus');
    run('sh', '-c', 'dpkg -x prometheus_*.deb unpacked');
    try {
      renameSync(path.join(dir, 'unpacked'), kept);
    } catch (error) {
      // Where another was faster, its own is there and stays.
      if (!existsSync(kept)) throw error;
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
  return path.join(kept, 'usr/bin/promtool');
}
