import { setTimeout as sleep } from 'node:timers/promises';

/** A server that is frozen answers nobody. */
const patienceMs = 6_000;

/** Asks until there is an answer: connections that break, time-outs and 503 are what a client of a shop under fire has to live with. */
export async function patiently(url: string, init: RequestInit, end: AbortSignal): Promise<Response> {
  for (;;) {
    try {
      const answer = await fetch(url, { ...init, signal: AbortSignal.any([end, AbortSignal.timeout(patienceMs)]) });
      // In use: the first try is still being answered.
      const inUse = answer.status === 409 && answer.headers.has('retry-after');
      if (answer.status < 500 && !inUse) return answer;
      await answer.arrayBuffer();
    } catch (error) {
      if (end.aborted) throw error;
    }
    await sleep(200, undefined, { signal: end });
  }
}
