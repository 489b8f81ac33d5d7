import { dyingWithUs } from '#tools/dying-with-us';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface KeptAlive {
  readonly name: string;
  /** Of the process now running; undefined between two. */
  readonly pid: number | undefined;
  /** Whether it is stopped by `freeze`. */
  readonly frozen: boolean;
  /** SIGKILL: as from any end it comes back. */
  kill(): void;
  /** SIGSTOP, and after so many milliseconds SIGCONT. */
  freeze(ms: number): void;
  /** SIGTERM, and SIGKILL for what does not listen within `graceMs`. Resolves when it is gone. */
  stop(graceMs: number): Promise<void>;
}

const firstPauseMs = 500;
const longestPauseMs = 10_000;
/** Having lived so long, its next end counts as the first. */
const wellMs = 30_000;

/** A Node process that is started again, after a pause that grows, whenever it ends without having been told to. */
export function keepAlive(
  name: string,
  file: string,
  { env, say }: { env: NodeJS.ProcessEnv; say: (name: string, line: string) => void },
): KeptAlive {
  let child: ChildProcess | undefined;
  let again: NodeJS.Timeout | undefined;
  let thawing: NodeJS.Timeout | undefined;
  let stopping = false;
  let pauseMs = firstPauseMs;

  const start = (): void => {
    const began = Date.now();
    const [command, args] = dyingWithUs(process.execPath, ['--enable-source-maps', '--max-semi-space-size=32', file]);
    // A session of its own: Ctrl-C is ours, a child that got it too would take our SIGTERM for the second signal and drop everything.
    const started = spawn(command, args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    child = started;
    for (const out of [started.stdout, started.stderr]) createInterface({ input: out }).on('line', (line) => say(name, line));
    const over = (why: string): void => {
      child = undefined;
      letGo();
      if (stopping) return;
      if (Date.now() - began > wellMs) pauseMs = firstPauseMs;
      say(name, `ended by ${why}; starts again in ${pauseMs / 1000} s`);
      again = setTimeout(start, pauseMs);
      pauseMs = Math.min(2 * pauseMs, longestPauseMs);
    };
    started.once('error', ({ message }) => over(message));
    started.once('exit', (code, signal) => over(signal ?? `exit ${code}`));
  };
  const letGo = (): void => {
    clearTimeout(thawing);
    thawing = undefined;
  };
  const thaw = (): void => {
    letGo();
    child?.kill('SIGCONT');
  };

  start();
  return {
    name,
    get pid() {
      return child?.pid;
    },
    get frozen() {
      return thawing !== undefined;
    },
    kill() {
      child?.kill('SIGKILL');
    },
    freeze(ms) {
      if (!child?.kill('SIGSTOP')) return;
      say(name, `frozen for ${ms / 1000} s`);
      clearTimeout(thawing);
      thawing = setTimeout(() => {
        say(name, 'goes on');
        thaw();
      }, ms);
    },
    async stop(graceMs) {
      stopping = true;
      clearTimeout(again);
      if (!child) return;
      const last = child;
      const gone = once(last, 'exit');
      const impatience = setTimeout(() => last.kill('SIGKILL'), graceMs);
      thaw();
      last.kill('SIGTERM');
      await gone;
      clearTimeout(impatience);
    },
  };
}
