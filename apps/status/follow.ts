import { Lifecycle, problem } from '#libs/host';
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { StreamEars } from './stream-ears.js';

/** An event as it is shown to whoever follows its stream. */
export interface Shown {
  readonly version: number;
  /** After it nothing more is told. */
  readonly last: boolean;
  readonly data: object;
}

/** Server-sent events: every version of a stream once and in order, from 1 or after `Last-Event-ID`, closed after the last. */
@Injectable()
export class Follow {
  constructor(
    private readonly ears: StreamEars,
    private readonly lifecycle: Lifecycle,
  ) {}

  /**
   * @param history what there is to tell after a version, oldest first
   * @throws {Problem} `not-found`
   */
  async answer(
    request: FastifyRequest,
    reply: FastifyReply,
    stream: string,
    history: (after: number) => Promise<readonly Shown[]>,
  ): Promise<void> {
    const given = request.headers['last-event-id'];
    const after = typeof given === 'string' && /^\d+$/.test(given) ? Number(given) : 0;
    const past = await history(0);
    if (past.length === 0) throw problem('not-found');
    // Gone while we read: nobody is left to be told.
    if (reply.raw.destroyed) return void reply.hijack();
    const end = past.find(({ last }) => last);
    if (end && after >= end.version) return void reply.code(204).send();
    reply.raw.writeHead(200, { ...headersOf(reply), 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    reply.hijack();
    if (request.method === 'HEAD') return void reply.raw.end();
    this.tell(reply, stream, after, past, history);
  }

  private tell(
    { raw }: FastifyReply,
    stream: string,
    from: number,
    past: readonly Shown[],
    history: (after: number) => Promise<readonly Shown[]>,
  ): void {
    let seen = 0;
    let looking = false;
    let newsMeanwhile = false;
    const write = (events: readonly Shown[]): void => {
      for (const { version, last, data } of events) {
        if (raw.writableEnded) return;
        seen = version;
        if (version > from) raw.write(`id: ${version}\ndata: ${JSON.stringify(data)}\n\n`);
        if (last) raw.end();
      }
    };
    // One look at a time: where the database is slow, those that are owed must not pile up.
    const more = async (): Promise<void> => {
      newsMeanwhile = true;
      if (looking) return;
      looking = true;
      try {
        while (newsMeanwhile && !raw.destroyed) {
          newsMeanwhile = false;
          write(await history(seen));
        }
      } catch {
        raw.destroy();
      } finally {
        looking = false;
      }
    };
    const deaf = this.ears.hear(stream, () => void more());
    const alive = setInterval(() => raw.writableEnded || raw.write(': still here\n\n'), 10_000);
    // The news may be lost: a look each two seconds makes good for it.
    const look = setInterval(() => void more(), 2_000);
    raw.write(': hello\n\n');
    write(past);
    // At once where the process is stopping already: nothing more is written then.
    const release = this.lifecycle.onStop(() => void raw.end());
    raw.once('close', () => {
      deaf();
      release();
      clearInterval(alive);
      clearInterval(look);
    });
    void more();
  }
}

const headersOf = (reply: FastifyReply): Record<string, string> =>
  Object.fromEntries(Object.entries(reply.getHeaders()).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])));
