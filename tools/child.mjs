// Runs a program and takes it along when this process is told to stop.
import { spawn } from 'node:child_process';

/** It ended with another code than 0. `output`: all it said, unless it went to the terminal at once. */
export class Failed extends Error {
  constructor(command, code, output) {
    super(`${command} ended with ${code}`);
    this.code = code;
    this.output = output;
  }
}

const running = new Set();
let stopping = false;

// Its own process group: whatever a child has started goes too. SIGKILL for what doesn't listen.
const kill = (child, signal) => {
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It is gone already.
  }
};

const codes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };
const stop = (signal) => {
  if (stopping) return;
  stopping = true;
  for (const child of running) kill(child, 'SIGTERM');
  const leave = () => {
    process.stderr.write('\n');
    process.exit(codes[signal]);
  };
  if (running.size === 0) leave();
  for (const child of running) child.once('close', () => running.size === 0 && leave());
  setTimeout(() => {
    for (const child of running) kill(child, 'SIGKILL');
  }, 2000).unref();
};

const listen = () => {
  for (const signal of Object.keys(codes)) process.on(signal, stop);
};
const deafen = () => {
  for (const signal of Object.keys(codes)) process.off(signal, stop);
};

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, show?: boolean }} [options] show: on this terminal as it comes, instead of in what is returned
 * @returns {Promise<string>} what it said
 * @throws {Failed}
 */
export function run(command, args, { show = false, ...options } = {}) {
  if (running.size === 0) listen();
  return new Promise((resolve, reject) => {
    let output = '';
    const child = spawn(command, args, {
      ...options,
      detached: true,
      stdio: show ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    child.stdout?.on('data', (text) => (output += text));
    child.stderr?.on('data', (text) => (output += text));
    const gone = () => {
      running.delete(child);
      // From here on signals are the caller's: the shop has its own way to stop.
      if (running.size === 0 && !stopping) deafen();
    };
    child.once('error', (error) => {
      gone();
      reject(error);
    });
    child.once('close', (code, signal) => {
      gone();
      if (stopping) return;
      if (code === 0) resolve(output);
      else reject(new Failed([command, ...args].join(' '), signal ?? code, output));
    });
  });
}

/** One of the development tools, run by this very Node. */
export const tool = (file, args, options) => run(process.execPath, [`node_modules/${file}`, ...args], options);
