import { isUtf8 } from 'node:buffer';
import { problem } from './problem.js';

/** A key that would reach an object's prototype, or a backslash that could spell one. */
const suspect = /"(?:__proto__|constructor)"|\\u/;

/**
 * Reads a body as JSON.
 * @throws {Problem} `malformed` where it is no UTF-8, no JSON, or has `__proto__` or `constructor` as a key at any depth.
 */
export function readJson(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw problem('malformed', { detail: 'The body is no UTF-8.' });
  const text = bytes.toString();
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw problem('malformed', { detail: 'The body is no JSON.' });
  }
  // The walk costs more than the parsing; a text that cannot hold such a key is spared it.
  if (suspect.test(text) && hasForbiddenKey(body)) {
    throw problem('malformed', { detail: 'The body has `__proto__` or `constructor` as a key.' });
  }
  return body;
}

/** With a stack of its own: a body of a megabyte can be nested half a million deep. */
function hasForbiddenKey(body: unknown): boolean {
  const left: unknown[] = [body];
  while (left.length > 0) {
    const value = left.pop();
    if (typeof value !== 'object' || value === null) continue;
    if (Array.isArray(value)) {
      for (const item of value) if (typeof item === 'object') left.push(item);
    } else {
      for (const key of Object.keys(value)) {
        if (key === '__proto__' || key === 'constructor') return true;
        left.push((value as Record<string, unknown>)[key]);
      }
    }
  }
  return false;
}
