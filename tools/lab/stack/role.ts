import { dyingWithUs } from '#tools/dying-with-us';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

export interface LabRole {
  readonly name: string;
  readonly url: string;
  /** Resolves when it says that it is ready: at once, or in its next life. */
  ready(): Promise<void>;
  /** It dies at the nth of these boundaries that it passes from now on. */
  arm(at: readonly string[], nth: number): void;
  /** Resolves when the process now running is gone. */
  gone(): Promise<void>;
  /** kill -9, and the next life begins soon after. */
  kill(): void;
  freeze(): void;
  thaw(): void;
  readonly frozen: boolean;
  /** Of all its lives. */
  boundaries(): readonly string[];
  /** Politely, and for good. */
  stop(): Promise<void>;
}

export interface Death {
  readonly role: string;
  readonly at: number;
  /** Undefined: killed by the lab from outside. */
  readonly boundary?: string;
  /** Nobody killed it. */
  readonly itself?: string;
}

interface Options {
  readonly file: string;
  readonly port: number;
  readonly env: NodeJS.ProcessEnv;
  /** Logs and notes. */
  readonly dir: string;
  readonly heapMb: number;
  readonly died: (death: Death) => void;
  readonly back: (role: string) => void;
}

const preload = path.resolve(import.meta.dirname, '../inside/preload.js');

/** A role as a process of its own, started again whenever it ends. */
export function startRole(name: string, { file, port, env, dir, heapMb, died, back }: Options): LabRole {
  const notes = path.join(dir, `${name}-${port}.notes`);
  const log = fs.openSync(path.join(dir, `${name}-${port}.log`), 'a');
  let child: ChildProcess;
  let stopping = false;
  let frozen = false;
  let killed = false;
  let isReady = false;
  let waiting: (() => void)[] = [];
  fs.appendFileSync(notes, '');

  const running = (): boolean => child.exitCode === null && child.signalCode === null;
  const launch = (): void => {
    killed = false;
    const args = ['--enable-source-maps', `--max-old-space-size=${heapMb}`, '--import', preload, file];
    child = spawn(...dyingWithUs(process.execPath, args), {
      env: { PATH: process.env.PATH, NODE_ENV: 'production', ...env, PORT: String(port), LAB_NOTES: notes },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const started = child;
    // Armed at the moment it dies.
    child.on('error', () => {});
    for (const out of [child.stdout!, child.stderr!]) {
      createInterface({ input: out }).on('line', (line) => {
        fs.writeSync(log, `${line}\n`);
        // The last words of one that is dead already may come after its end.
        if (!/"msg":"ready"|the world is listening/.test(line) || started !== child || !running()) return;
        isReady = true;
        back(name);
        for (const go of waiting.splice(0)) go();
      });
    }
    child.once('exit', (code, signal) => {
      isReady = false;
      frozen = false;
      if (stopping) return;
      const boundary = signal === 'SIGKILL' && !killed ? lastDeath(notes) : undefined;
      died({ role: name, at: Date.now(), boundary, ...(!boundary && !killed && { itself: signal ?? `exit ${code}` }) });
      void sleep(boundary || killed ? 50 : 500).then(() => stopping || launch());
    });
  };
  launch();

  // Once: the number of a file that is closed is soon another's, and closing that leaves a pipe of which nobody hears the end.
  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    stopping = true;
    waiting = [];
    if (running()) {
      const gone = once(child, 'exit');
      child.kill('SIGCONT');
      child.kill('SIGTERM');
      const impatience = setTimeout(() => child.kill('SIGKILL'), 5_000);
      await gone;
      clearTimeout(impatience);
    }
    fs.closeSync(log);
  };

  return {
    name,
    url: `http://127.0.0.1:${port}`,
    ready: () => (isReady ? Promise.resolve() : new Promise((go) => waiting.push(go))),
    arm(at, nth) {
      if (child.connected) child.send({ at, nth }, () => {});
    },
    gone: async () => void (running() && (await once(child, 'exit'))),
    kill() {
      killed = true;
      child.kill('SIGKILL');
    },
    freeze() {
      frozen = true;
      child.kill('SIGSTOP');
    },
    thaw() {
      frozen = false;
      child.kill('SIGCONT');
    },
    get frozen() {
      return frozen;
    },
    boundaries: () => notesIn(notes).flatMap(({ passed }) => passed ?? []),
    stop: () => (stopped ??= stop()),
  };
}

const notesIn = (file: string): { passed?: string; died?: string }[] =>
  fs
    .readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { passed?: string; died?: string });

const lastDeath = (file: string): string | undefined => notesIn(file).at(-1)?.died;
