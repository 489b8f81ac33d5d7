import pLimit from 'p-limit';
import { Child } from './child.js';
import type { RenderReply } from './render-child.js';
import type { Rejected, Rendered } from './render.js';

export interface RenderProcessOptions {
  /** How many photos at once, each in a process of its own. Every one takes a core. */
  readonly processes: number;
  /** How long a photo may take, in milliseconds, from when its turn comes. 50 megapixels take 0.5–3.5 s. */
  readonly timeoutMs: number;
  /** How much resident memory a process may have, in MiB. It starts at 70; 50 megapixels take up to 500. */
  readonly mostMebibytes: number;
  /** How long a process waits for the next photo before it is ended, in milliseconds. */
  readonly idleMs: number;
}

/** The process that rendered it is gone, by the photo or by chance: to be tried again, but not for ever. */
export interface Died {
  readonly died: string;
}

/** Renders in processes of its own, since what decodes a stranger's bytes may crash, hang or devour the memory. */
export class RenderProcesses {
  readonly #options: RenderProcessOptions;
  readonly #turn: <T>(work: () => Promise<T>) => Promise<T>;
  readonly #children = new Set<Child>();
  /** The one used last stands last and is used next, so that those too many grow old. */
  readonly #idle: { readonly child: Child; readonly timer: NodeJS.Timeout }[] = [];
  readonly #closing = new AbortController();

  constructor(options: RenderProcessOptions) {
    this.#options = options;
    this.#turn = pLimit(options.processes);
  }

  /** Of the processes there are, working or waiting. */
  get pids(): number[] {
    return [...this.#children].flatMap(({ pid }) => pid ?? []);
  }

  /**
   * Rejects with the signal's reason when it is aborted, after its process was killed; and if a process can't be started, which is no
   * fault of the photo.
   */
  render(source: Buffer, signal: AbortSignal): Promise<Rendered | Rejected | Died> {
    const stop = AbortSignal.any([signal, this.#closing.signal]);
    return this.#turn(async () => {
      stop.throwIfAborted();
      const child = await this.#take().catch((error: unknown) => {
        stop.throwIfAborted();
        throw error;
      });
      const outcome = await this.#inTime(child, source, stop);
      if (outcome.reusable) this.#giveBack(child);
      else await this.#end(child);
      stop.throwIfAborted();
      return outcome.answer;
    });
  }

  /** Ends all of them; what is being rendered rejects. */
  async close(): Promise<void> {
    this.#closing.abort(new Error('The renderer is closed.'));
    for (const { timer } of this.#idle.splice(0)) clearTimeout(timer);
    await Promise.all([...this.#children].map((child) => this.#end(child)));
  }

  async #inTime(child: Child, source: Buffer, stop: AbortSignal): Promise<{ answer: Rendered | Rejected | Died; reusable: boolean }> {
    const { timeoutMs, mostMebibytes } = this.#options;
    let timer: NodeJS.Timeout | undefined;
    let abort = (): void => {};
    const interrupted = new Promise<string>((resolve) => {
      timer = setTimeout(resolve, timeoutMs, `It took more than ${timeoutMs} ms.`);
      abort = () => resolve('It was told to stop.');
      if (stop.aborted) abort();
      stop.addEventListener('abort', abort);
    });
    try {
      const reply = await Promise.race([child.render({ source, mostMebibytes }), interrupted]);
      // One that has grown would be killed for the next photo's sake.
      const reusable = typeof reply !== 'string' && 'answer' in reply && reply.mebibytes < mostMebibytes / 2;
      return { answer: this.#answerOf(reply), reusable };
    } finally {
      clearTimeout(timer);
      stop.removeEventListener('abort', abort);
    }
  }

  #answerOf(reply: RenderReply | string): Rendered | Rejected | Died {
    if (typeof reply === 'string') return { died: reply };
    if ('answer' in reply) return reply.answer;
    return { died: 'failed' in reply ? reply.failed : `It took more than ${this.#options.mostMebibytes} MiB.` };
  }

  async #take(): Promise<Child> {
    for (let waiting = this.#idle.pop(); waiting; waiting = this.#idle.pop()) {
      clearTimeout(waiting.timer);
      if (waiting.child.alive) return waiting.child;
      await this.#end(waiting.child);
    }
    const child = new Child();
    this.#children.add(child);
    try {
      await child.ready();
      return child;
    } catch (error) {
      await this.#end(child);
      throw error;
    }
  }

  #giveBack(child: Child): void {
    const timer = setTimeout(() => {
      this.#idle.splice(
        this.#idle.findIndex((one) => one.child === child),
        1,
      );
      void this.#end(child);
    }, this.#options.idleMs);
    this.#idle.push({ child, timer });
  }

  async #end(child: Child): Promise<void> {
    await child.end();
    this.#children.delete(child);
  }
}
