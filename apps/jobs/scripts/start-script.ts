import { dyingWithUs } from '#tools/dying-with-us';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';

export interface Line {
  readonly level: 'info' | 'error';
  readonly text: string;
}

export interface Running {
  /** How it ended: undefined if well, otherwise one sentence. Never rejects. */
  readonly over: Promise<string | undefined>;
  /** What it has said since the last time. */
  take(): Line[];
  /** SIGTERM to it and what it has started, and SIGKILL to what is left then. */
  stop(withinMs: number): void;
}

/** Characters of a line, and lines between two looks: a script that says more than that says it to nobody. */
const longest = 2_000;
const mostLines = 1_000;

const interpreters: Readonly<Record<string, string>> = {
  '.sh': '/bin/sh',
  '.js': process.execPath,
  '.mjs': process.execPath,
  '.cjs': process.execPath,
  '.py': 'python3',
};

/** Starts a script, in its own folder and in a group of its own. It dies with us. @param env all of its environment: of ours it gets nothing */
export function startScript(file: string, env: Readonly<Record<string, string>>): Running {
  const interpreter = interpreters[path.extname(file)];
  const [command, args] = interpreter ? dyingWithUs(interpreter, [file]) : dyingWithUs(file, []);
  const child = spawn(command, args, {
    cwd: path.dirname(file),
    env: { PATH: `/usr/local/bin:/usr/bin:/bin:${path.dirname(process.execPath)}`, LANG: 'C.UTF-8', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let lines: Line[] = [];
  for (const [level, from] of [
    ['info', child.stdout],
    ['error', child.stderr],
  ] as const)
    createInterface(from).on('line', (text) => {
      if (lines.length < mostLines) lines.push({ level, text: text.slice(0, longest) });
      else if (lines.length === mostLines) lines.push({ level: 'error', text: 'It says more than can be written down.' });
    });
  const signal = (name: NodeJS.Signals): void => {
    try {
      process.kill(-child.pid!, name);
    } catch {
      // It has gone, or never came.
    }
  };
  const over = new Promise<string | undefined>((ended) => {
    child.once('error', ({ message }) => ended(`It cannot be started: ${message}.`));
    child.once('close', (code, by) => {
      // What it has left behind would go on without anybody knowing.
      signal('SIGKILL');
      ended(code === 0 ? undefined : `It ended with ${by ?? code}.`);
    });
  });
  let stopping = false;
  return {
    over,
    take() {
      const taken = lines;
      lines = [];
      return taken;
    },
    stop(withinMs) {
      if (stopping) return;
      stopping = true;
      signal('SIGTERM');
      const impatience = setTimeout(() => signal('SIGKILL'), withinMs);
      void over.then(() => clearTimeout(impatience));
    },
  };
}
