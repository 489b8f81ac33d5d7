import { setTimeout as sleep } from 'node:timers/promises';
import type { Seen } from '../evidence.js';
import { patiently } from './patiently.js';

export interface Followed {
  readonly id: string;
  readonly token: string;
  readonly statusUrl: string;
  readonly see: (seen: Seen) => void;
  /** The order's customer is done with it. */
  readonly end: AbortSignal;
}

const ended = (progress: number): boolean => progress === 100;

/** GETs again and again until the order has ended. What is not there is seen as version 0. */
export async function poll({ id, token, statusUrl, see, end }: Followed, everyMs: number): Promise<void> {
  for (;;) {
    const asked = Date.now();
    const answer = await patiently(`${statusUrl}/orders/${id}?token=${token}`, {}, end);
    const body = answer.ok
      ? ((await answer.json().catch(() => undefined)) as Seen | undefined)
      : { version: 0, status: 'none', progress: 0 };
    if (body) {
      const { version, status, progress } = body;
      see({ id, by: 'get', reader: 'get', asked, answered: Date.now(), version, status, progress });
      if (ended(progress)) return;
    }
    await sleep(everyMs, undefined, { signal: end });
  }
}

/** Reads the order's stream of events to its end; a connection that breaks is taken up at the version it broke at. */
export async function listen({ id, token, statusUrl, see, end }: Followed, heard?: (version: number) => void): Promise<void> {
  let last = 0;
  for (let connection = 1; ; connection++) {
    const headers = last ? { 'last-event-id': String(last) } : undefined;
    const asked = Date.now();
    try {
      // A frozen server sends nothing, not even the comment it owes each 15 s.
      const silent = new AbortController();
      const answer = await fetch(`${statusUrl}/orders/${id}/stream?token=${token}`, {
        headers,
        signal: AbortSignal.any([end, silent.signal]),
      });
      if (answer.status === 204) return;
      let watch = setTimeout(() => silent.abort(), 18_000);
      try {
        for await (const data of messages(answer)) {
          clearTimeout(watch);
          watch = setTimeout(() => silent.abort(), 18_000);
          const { version, status, progress } = JSON.parse(data) as Seen;
          see({ id, by: 'stream', reader: `stream ${connection} after ${last}`, asked, answered: Date.now(), version, status, progress });
          last = version;
          heard?.(version);
          if (ended(progress)) return;
        }
      } finally {
        clearTimeout(watch);
      }
    } catch (error) {
      if (end.aborted) throw error;
    }
    await sleep(200, undefined, { signal: end });
  }
}

/** The `data` of server-sent events. */
async function* messages(answer: Response): AsyncGenerator<string> {
  if (!answer.ok || !answer.body) return;
  let rest = '';
  const text = new TextDecoder();
  for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>) {
    const blocks = (rest + text.decode(chunk, { stream: true })).split('\n\n');
    rest = blocks.pop()!;
    for (const block of blocks) {
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (data) yield data;
    }
  }
}
