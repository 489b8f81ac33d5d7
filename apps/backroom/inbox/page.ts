import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyReply, FastifyRequest } from 'fastify';

/**
 * The page for people: the same for everybody, without a mail in it. Its script fetches those with the operator's token, which is in
 * the address (`#token=…`, so it never gets into a log) or was typed in.
 */
const files = {
  'inbox.html': 'text/html; charset=utf-8',
  'inbox.js': 'text/javascript; charset=utf-8',
  'inbox.css': 'text/css; charset=utf-8',
} as const;

export type PageFile = keyof typeof files;

/** Styles may be inline because a mail's are, and a frame made of text (`srcdoc`) is under the policy of the page it stands in. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  'img-src data:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export function sendPage(reply: FastifyReply, file: PageFile): string {
  void reply.headers({
    'content-type': files[file],
    'cache-control': 'no-cache',
    'content-security-policy': policy,
    'referrer-policy': 'no-referrer',
    vary: 'accept',
  });
  return content[file];
}

/** Browsers name `text/html`, programs don't. */
export const wantsPage = ({ headers }: FastifyRequest): boolean => /\btext\/html\b/i.test(headers.accept ?? '');

const content = Object.fromEntries(Object.keys(files).map((file) => [file, read(file)])) as Record<PageFile, string>;

/** Beside this module; of a module in `dist` that the build gave no copy, beside its source. */
function read(file: string): string {
  const places = ['page', '../../../../apps/backroom/inbox/page'].map((place) => join(import.meta.dirname, place, file));
  return readFileSync(places.find(existsSync) ?? places[0]!, 'utf8');
}
