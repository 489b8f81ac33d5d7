import { STATUS_CODES } from 'node:http';
import { HttpException } from '@nestjs/common';
import type { FastifyReply } from 'fastify';

/** Every kind of problem an answer can name: its status, its title, and the sentence that stands at its `type`. */
export const problems = {
  malformed: [
    400,
    'Malformed request',
    'The request could not be read: its body is no JSON in UTF-8, or has `__proto__` or `constructor` as a key, or a header or the address is not of its form.',
  ],
  unauthorized: [
    401,
    'No credential',
    'This needs a token: the one from the answer that named this address, or the operator’s, as `Authorization: Bearer <token>` or `?token=`.',
  ],
  'not-found': [404, 'Not found', 'There is nothing here, or nothing that your token opens.'],
  'method-not-allowed': [405, 'Method not allowed', 'This address does not know that method. `Allow` names those it knows.'],
  'order-state': [409, 'Not in this state', 'The order has gone too far, or has ended, so this can no longer be done.'],
  'account-state': [409, 'Not in this state', 'The account is not ready: it is still being opened, was refused, or is closed.'],
  'idempotency-key-in-use': [
    409,
    'Key in use',
    'The first request with this `Idempotency-Key` is still being answered. Ask again after `Retry-After`.',
  ],
  'job-running': [409, 'Job is running', 'This job does not run twice at once. Wait for its run to end, or cancel it.'],
  'run-ended': [409, 'Run has ended', 'This run has ended, so it cannot be cancelled.'],
  'too-large': [413, 'Too large', 'What was sent is larger than this address takes.'],
  'unsupported-media-type': [415, 'Unsupported media type', 'This address does not take that content type or content encoding.'],
  invalid: [422, 'Invalid', 'The request could be read, but says something it may not say. `errors` points at each place.'],
  'idempotency-key-reused': [
    422,
    'Key used before',
    'This `Idempotency-Key` was sent before with another body. Use a new key for a new request.',
  ],
  'rate-limited': [429, 'Too many requests', 'Too many requests came from this address, or by this key. Ask again after `Retry-After`.'],
  internal: [500, 'Internal error', 'Something failed here that should not. The request’s id helps to find it in the log.'],
  unavailable: [503, 'Unavailable', 'Something this needs is away for the moment. Ask again after `Retry-After`.'],
} as const satisfies Record<string, readonly [status: number, title: string, sentence: string]>;

export type Slug = keyof typeof problems;

/** Where in a request something is wrong: an RFC 6901 pointer into the body (`""` is the body itself), or the name of a query parameter or header. */
export type Fault = { readonly pointer: string; readonly detail: string } | { readonly parameter: string; readonly detail: string };

export interface ProblemMore {
  /** What is wrong this time; the sentence of its kind if left out. */
  detail?: string;
  headers?: Readonly<Record<string, string>>;
  errors?: readonly Fault[];
}

const usualHeaders: Partial<Record<Slug, Record<string, string>>> = {
  unauthorized: { 'www-authenticate': 'Bearer' },
  unavailable: { 'retry-after': '1' },
};

/** A refusal on its way to the client. `slug` is undefined for a status that has no kind of its own (408, 431, …). */
export class Problem extends HttpException {
  readonly headers: Readonly<Record<string, string>>;
  readonly errors: readonly Fault[] | undefined;

  constructor(
    readonly slug: Slug | undefined,
    status: number,
    readonly title: string,
    readonly detail: string,
    more: ProblemMore = {},
  ) {
    super(detail, status);
    this.headers = { ...(slug && usualHeaders[slug]), ...more.headers };
    this.errors = more.errors;
  }
}

/** `throw problem('not-found')`. */
export function problem(slug: Slug, more: ProblemMore = {}): Problem {
  const [status, title, sentence] = problems[slug];
  return new Problem(slug, status, title, more.detail ?? sentence, more);
}

/** The kind of a bare status: the first in the table that has it. RFC 9457's `about:blank` where there is none. */
export function problemOfStatus(status: number, more: ProblemMore = {}): Problem {
  const slug = (Object.keys(problems) as Slug[]).find((each) => problems[each][0] === status);
  if (slug) return problem(slug, more);
  const title = STATUS_CODES[status] ?? 'Error';
  return new Problem(undefined, status, title, more.detail ?? `${title}.`, more);
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The body of RFC 9457. `statusUrl` is where the kinds can be read. */
export const problemBody = (problem: Problem, requestId: string, statusUrl: string): string =>
  JSON.stringify({
    type: problem.slug ? `${statusUrl}/problems/${problem.slug}` : 'about:blank',
    title: problem.title,
    status: problem.getStatus(),
    detail: problem.detail,
    instance: uuid.test(requestId) ? `urn:uuid:${requestId}` : `urn:request:${requestId}`,
    errors: problem.errors,
  });

/** Answers with it. Headers the route has set for its success, a type or a caching rule, do not survive. */
export function sendProblem(reply: FastifyReply, problem: Problem, statusUrl: string): void {
  const { id } = reply.request;
  if (problem.slug === 'too-large') readOn(reply);
  for (const name of ['etag', 'last-modified', 'content-length', 'content-disposition', 'location']) reply.removeHeader(name);
  void reply
    .code(problem.getStatus())
    .headers({ 'x-request-id': id, 'x-content-type-options': 'nosniff', 'cache-control': 'no-store', ...problem.headers })
    .header('content-type', 'application/problem+json')
    // As bytes: given a string, Fastify would put a charset behind the type, which has none.
    .send(Buffer.from(problemBody(problem, id, statusUrl)));
}

const mostReadOn = 64 * 1024 * 1024;

/**
 * Reads what is left of a body and drops it. Fastify would close the connection with its answer, and a client that is still sending
 * then sees a broken pipe instead of the answer (measured at 55 % of bodies of 8 MB). Who sends much more is cut off all the same.
 */
function readOn(reply: FastifyReply): void {
  const { raw } = reply.request;
  reply.removeHeader('connection');
  let left = mostReadOn;
  raw.on('data', (bytes: Buffer) => {
    left -= bytes.length;
    if (left < 0) raw.destroy();
  });
}
