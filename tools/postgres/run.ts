import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { readPidFile } from './postmaster.js';
import { spawnPostgres } from './spawn.js';
import type { User } from './user.js';

export interface Running {
  readonly pid: number;
  alive(): boolean;
  end(signal: NodeJS.Signals): Promise<void>;
}

interface Postmaster {
  readonly program: string;
  readonly data: string;
  readonly user: User | undefined;
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  readonly log?: (line: string) => void;
  readonly onLost?: (why: string) => void;
}

/** After a crash, the dead postmaster's backends may hold its shared memory, or a zombie its number, for a moment. */
const passing = /lock file "postmaster\.pid" already exists|pre-existing shared memory block/;
const patienceMs = 10_000;

/** Resolves when it takes connections (a recovery may take its time before); rejects with what it said when it ends first. */
export const runPostmaster = async (options: Postmaster): Promise<Running> => {
  for (const end = Date.now() + patienceMs; ; await sleep(100)) {
    const attempt = await launch(options);
    if (!('ended' in attempt)) return attempt;
    if (passing.test(attempt.ended) && Date.now() < end) continue;
    throw new Error(`PostgreSQL did not start:\n${attempt.ended}`);
  }
};

const launch = async ({ program, data, user, settings, log, onLost }: Postmaster): Promise<Running | { ended: string }> => {
  const args = ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${String(value)}`])];
  const child = spawnPostgres(program, args, { user, signal: 'INT', reach: [data] });
  const said = lastLines(child, log);
  const gone = once(child, 'exit');
  const silent = once(child, 'close');
  const alive = (): boolean => child.exitCode === null && child.signalCode === null;

  // What pg_ctl does: its number and `ready` in the pid file. A line in the log depends on log_min_messages.
  for (;;) {
    const file = readPidFile(data);
    if (file?.pid === child.pid && file?.status === 'ready') break;
    if (!alive()) {
      await silent;
      return { ended: said() };
    }
    await sleep(20);
  }

  let told = false;
  // Where there is no setpriv, at least an orderly exit takes it along.
  const leave = (): void => void child.kill('SIGINT');
  process.once('exit', leave);
  void gone.then(() => {
    process.off('exit', leave);
    if (!told) onLost?.(`PostgreSQL ended by ${child.signalCode ?? `exit ${child.exitCode}`}:\n${said()}`);
  });
  return {
    pid: child.pid!,
    alive,
    async end(signal) {
      told = true;
      if (!alive()) return;
      const impatience = setTimeout(() => child.kill('SIGQUIT'), 10_000);
      child.kill(signal);
      await gone;
      clearTimeout(impatience);
    },
  };
};

const lastLines = (child: ChildProcess, log?: (line: string) => void): (() => string) => {
  const last: string[] = [];
  for (const out of [child.stdout!, child.stderr!])
    createInterface({ input: out }).on('line', (line) => {
      log?.(line);
      last.push(line);
      if (last.length > 20) last.shift();
    });
  return () => last.join('\n');
};
