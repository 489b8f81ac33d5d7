import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { closedTo, type User } from './user.js';

// util-linux's; busybox has a setpriv without --pdeathsig.
let known: boolean | undefined;
const setpriv = (): boolean => (known ??= spawnSync('setpriv', ['--pdeathsig', 'KILL', '--', 'true']).status === 0);

// A checkout below root's own 0700 home, say. With this it may pass (and read, which comes with it; never write) where only root may.
// The securebit is for access(2), which initdb asks: it leaves capabilities out of account otherwise.
const passing = ['--securebits=+no_setuid_fixup', '--inh-caps', '+dac_read_search', '--ambient-caps', '+dac_read_search'];
// Docker takes this capability away from root.
const mayPass = (): boolean => spawnSync('setpriv', [...passing, '--', 'true']).status === 0;

/**
 * Starts one of PostgreSQL's programs as `user`, in a session of its own, so that Ctrl-C in the terminal reaches only the host, who
 * stops it when drained; and dying by `signal` when this process is gone, by kill -9 too (where there is setpriv; elsewhere the next
 * host stops what it finds). Linux sends that signal when the *thread* that started it ends: don't call this from a worker thread.
 *
 * @param reach files and folders it needs to get at
 */
export const spawnPostgres = (
  program: string,
  args: readonly string[],
  { user, signal, reach }: { user: User | undefined; signal: 'INT' | 'KILL'; reach: readonly string[] },
): ChildProcess => {
  // None of the host's settings: PGDATA, PGPORT, and secrets have no business here.
  const common = {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' },
  };
  const closed = user && [program, ...reach].map((target) => closedTo(user, target)).find(Boolean);
  if (closed && !mayPass()) throw new Error(`PostgreSQL runs as the user postgres, who can't pass ${closed}: chmod o+x ${closed}`);
  if (!setpriv()) return spawn(program, args, { ...common, ...user });
  const as = user ? [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', ...(closed ? passing : [])] : [];
  return spawn('setpriv', [...as, '--pdeathsig', signal, '--', program, ...args], common);
};
