import { retryAfterMs } from '#libs/backoff';
import { Pool } from 'undici';
import type { Outcome } from './effect.js';

/** Asks a service outside the house, over HTTP with an `Idempotency-Key`, and says what its answer means for an effect. Never throws. */
export interface Ask {
  /** POSTs `body` to `path`. `O` is what the service's own page promises for a 2xx; it isn't checked here. */
  call<O>(path: string, body: object, key: string, signal: AbortSignal): Promise<Outcome<O>>;
  /** GETs `{path}/{key}`, which answers `{ status, body }`: what `key` led to. 404 is `absent`: the service has never seen it. */
  lookup<O>(path: string, key: string, signal: AbortSignal): Promise<Outcome<O> | 'absent'>;
  close(): Promise<void>;
}

/** `connections`: at most so many requests are with the service at once; more wait here, and their signal's time runs. */
export function makeAsk(baseUrl: string, { connections = 64 }: { connections?: number } = {}): Ask {
  const { origin, pathname } = new URL(baseUrl);
  const prefix = pathname.replace(/\/$/, '');
  const pool = new Pool(origin, { connections });

  const send = async (method: 'GET' | 'POST', path: string, signal: AbortSignal, headers: Record<string, string>, body?: string) => {
    const answer = await pool.request({ method, path: prefix + path, signal, headers, body });
    return { status: answer.statusCode, retryAfter: answer.headers['retry-after'], body: parse(await answer.body.text()) };
  };

  return {
    async call<O>(path: string, body: object, key: string, signal: AbortSignal) {
      try {
        const headers = { 'content-type': 'application/json', 'idempotency-key': key };
        const answer = await send('POST', path, signal, headers, JSON.stringify(body));
        return outcomeOf<O>(answer.status, answer.body, answer.retryAfter);
      } catch (error) {
        return { ambiguous: nameOf(error) };
      }
    },
    async lookup<O>(path: string, key: string, signal: AbortSignal) {
      try {
        const { status, body } = await send('GET', `${path}/${encodeURIComponent(key)}`, signal, {});
        if (status === 404) return 'absent';
        // A 503 here is the lookup's own, and says nothing of the key.
        if (status !== 200 || typeof body?.status !== 'number') return { ambiguous: `lookup answered ${status}` };
        return outcomeOf<O>(body.status, asObject(body.body));
      } catch (error) {
        return { ambiguous: nameOf(error) };
      }
    },
    close: () => pool.destroy(),
  };
}

type Json = Record<string, unknown> | undefined;

/** What an answer means. Only what says so itself is definite: a proxy's 503 may hide a charge that went through. */
function outcomeOf<O>(status: number, body: Json, retryAfter?: string | string[]): Outcome<O> {
  const code = typeof body?.code === 'string' ? body.code : `http-${status}`;
  if (status >= 200 && status < 300 && body) return { done: body as O };
  if (status === 402 || status === 409 || status === 422) return { refused: code };
  if ((status === 503 || status === 429) && body?.outcome === 'error') return { failed: code, retryAfterMs: retryAfterMs(retryAfter) };
  return { ambiguous: `http-${status}` };
}

function parse(text: string): Json {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return undefined;
  }
}

const asObject = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined);

/** The kind of error only: a message may quote what was sent. */
export function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
