import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { RenderOrder, RenderReply } from './render-child.js';

/** How much of what a child that doesn't start says is told. */
const mostWords = 2_000;

/** A process that renders. */
export class Child {
  readonly #process: ChildProcess;
  readonly #exited: Promise<string>;
  readonly #started: Promise<unknown>;
  #words = '';

  constructor() {
    const [file, loader] = import.meta.url.endsWith('.ts') ? fromSource : compiled;
    this.#process = fork(new URL(file, import.meta.url), {
      // Pixels are outside of JavaScript's heap. And nothing secret: what decodes a stranger's bytes has no key in its environment.
      execArgv: [...loader, '--max-old-space-size=128'],
      env: {},
      // Buffers as they are, not as JSON.
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#exited = new Promise((resolve) => {
      this.#process.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
      this.#process.once('error', (error) => resolve(error.message));
    });
    this.#process.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#words = (this.#words + text).slice(-mostWords);
    });
    this.#started = this.#next();
  }

  /** Rejects if it dies before it can render: sharp isn't installed, there is no memory. */
  async ready(): Promise<void> {
    const first = await this.#started;
    if (first !== 'ready') throw new Error(`A process to render in does not start (${String(first)}): ${this.#words}`);
  }

  get alive(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** @returns what it answers, or in words how it died. One photo at a time. */
  render(order: RenderOrder): Promise<RenderReply | string> {
    const next = this.#next() as Promise<RenderReply | string>;
    // When it can't be sent, it is dead, and `next` hears of that.
    this.#process.send(order, () => {});
    return next;
  }

  /** Resolves when it is gone. */
  async end(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#exited;
  }

  /** What it says next, or how it died. */
  async #next(): Promise<unknown> {
    const listening = new AbortController();
    try {
      const message = once(this.#process, 'message', { signal: listening.signal }).then(([said]: unknown[]) => said);
      message.catch(() => {});
      return await Promise.race([message, this.#exited]);
    } finally {
      listening.abort();
    }
  }
}

type Program = readonly [file: string, loader: readonly string[]];
const compiled: Program = ['./render-child.js', []];
/** Vitest compiles for itself alone. The child of a shop that runs from its source is loaded as the tests load any such process. */
const fromSource: Program = [
  './render-child.ts',
  ['--conditions=source', '--import', new URL('../../../test/setup/from-source.mjs', import.meta.url).href],
];
