import { retryAfterMs } from '#libs/backoff';
import { bare, guardedLookup, isAllowedHost, NotPublic, type CallbackRules, type Resolve } from '#libs/webhook';
import http from 'node:http';
import https from 'node:https';

export interface Answer {
  readonly status: number;
  /** What it asks for, in milliseconds. */
  readonly retryAfterMs?: number;
}

/** No answer: why, without a word of where the call went. */
export class NoAnswer extends Error {}

export type Call = (url: URL, headers: Record<string, string>, body: string, signal: AbortSignal) => Promise<Answer>;

const withinMs = 15_000;
/** Nobody reads it; a receiver that has something to say may say it before the connection is closed. */
const bodyAtMost = 64 * 1024;

/**
 * POSTs to an address that a stranger has given. Judged by what the connection is made to; on a connection of its own, closed after it; never through
 * a proxy of the environment; no redirect is followed. Rejects with `NoAnswer`, within 15 s.
 */
export function makeCall(rules: CallbackRules, { resolve, timeoutMs = withinMs }: { resolve?: Resolve; timeoutMs?: number } = {}): Call {
  const lookup = guardedLookup(rules, resolve);
  const agents = { 'http:': new http.Agent({ keepAlive: false }), 'https:': new https.Agent({ keepAlive: false }) };

  return (url, headers, body, signal) =>
    new Promise<Answer>((answered, failed) => {
      // Of a literal address no lookup is made.
      if (!isAllowedHost(bare(url.hostname), rules)) return failed(new NoAnswer('its address is not public'));
      const secure = url.protocol === 'https:';
      const request = (secure ? https : http).request(url, {
        method: 'POST',
        agent: agents[secure ? 'https:' : 'http:'],
        lookup,
        headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      });
      let heard = false;
      const stop = (): void => void request.destroy(new NoAnswer('no answer'));
      const timer = setTimeout(() => request.destroy(new NoAnswer(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
      signal.addEventListener('abort', stop, { once: true });
      if (signal.aborted) stop();
      request
        .on('close', () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', stop);
          // An answer that switches protocols is closed without a word.
          if (!heard) failed(new NoAnswer('no answer'));
        })
        .on('error', (error) => heard || failed(error instanceof NoAnswer ? error : new NoAnswer(reasonOf(error))))
        .on('response', (response) => {
          heard = true;
          let bytes = 0;
          const answer = { status: response.statusCode!, retryAfterMs: retryAfterMs(response.headers['retry-after']) };
          // Its first line is the answer, whatever becomes of the rest.
          response
            .on('data', (chunk: Buffer) => void ((bytes += chunk.length) > bodyAtMost && response.destroy()))
            .on('error', () => {})
            .on('close', () => {
              request.destroy();
              answered(answer);
            });
        })
        .end(body);
    });
}

/** An error's message may name the host; its code does not. */
function reasonOf(error: NodeJS.ErrnoException): string {
  if (error instanceof NotPublic) return 'its address is not public';
  // Of several addresses tried, the first.
  const first = error instanceof AggregateError ? (error.errors[0] as NodeJS.ErrnoException) : error;
  return first.code ?? error.name;
}
