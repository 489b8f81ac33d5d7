import { randomUUID } from 'node:crypto';
import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import rateLimit from '@fastify/rate-limit';
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { allowOrigins } from './cors.js';
import { withoutToken, type Log } from './log.js';
import type { Metrics } from './metrics.js';
import { startSpan, type Span } from '#libs/trace';
import { readJson } from './json-body.js';
import { lingerAfter } from './linger.js';
import { problem, problemBody, problemOfStatus, sendProblem } from './problem.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** A JSON body as it came: fingerprints are of bytes. */
    rawBody?: Buffer;
    span?: Span;
    caller?: Caller;
  }
  interface FastifyInstance {
    /** Set by the role that knows who they are, before it listens. `undefined`: a request without such a key. */
    callerOf?: (request: FastifyRequest) => Promise<Caller | 'unknown'> | undefined;
  }
}

/** Whoever asks by a key of their own: they have a limit of their own, instead of their address's. */
export interface Caller {
  readonly id: string;
  readonly perMinute: number;
}

export interface HttpOptions {
  statusUrl: string;
  trustProxy: boolean | number | string[];
  /** Whose pages may read our answers. */
  corsOrigins: readonly string[];
  /** How many requests a client's address may send; unlimited if left out. Counted by each process for itself. */
  requestsPerMinute?: number | undefined;
  log: Log;
  metrics?: Metrics;
}

const bodyLimit = 1024 * 1024;
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
/** They change nothing, and there are many of them. */
const reads = new Set(['GET', 'HEAD', 'OPTIONS']);
const givenId = /^[A-Za-z0-9._-]{1,64}$/;

/** Fastify with the general part of the HTTP contract on it. Its hook comes before any of Nest's, so every answer carries its headers. */
export function createHttp({ statusUrl, trustProxy, corsOrigins, requestsPerMinute, log, metrics }: HttpOptions): FastifyInstance {
  const http = fastify({
    bodyLimit,
    // Given a number, Fastify believes nobody; this is Express' meaning of it.
    trustProxy: typeof trustProxy === 'number' ? (_address, hop) => hop < trustProxy : trustProxy,
    // Node would answer by itself, in words of its own.
    http: { requireHostHeader: false },
    genReqId: requestId,
    requestIdHeader: false,
    // The whole of a request, an upload of 100 MiB included; Fastify's own default is no limit.
    requestTimeout: 300_000,
    // Above the 60 s of the usual load balancers, so that they and not we let go of an idle connection.
    keepAliveTimeout: 65_000,
    // While stopping, what still arrives on an open connection is served like the rest, and told to close.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    // A path that cannot be decoded, or a parameter far too long for any id of ours.
    frameworkErrors: (error, _request, reply) =>
      sendProblem(
        reply as unknown as FastifyReply,
        problem(error.code === 'FST_ERR_MAX_PARAM_LENGTH' ? 'not-found' : 'malformed'),
        statusUrl,
      ),
    clientErrorHandler: (error, socket) => answerGarbage(error, socket, statusUrl),
  });
  http.server.on('checkExpectation', (request, response) => http.server.emit('request', request, response));

  const methodsByPath = new Map<string, string[]>();
  http.addHook('onRoute', ({ url, method }) => {
    if (!/[:*]/.test(url)) methodsByPath.set(url, [...(methodsByPath.get(url) ?? []), ...[method].flat()]);
  });
  http.decorateRequest('rawBody', undefined);
  http.decorateRequest('span', undefined);
  http.decorateRequest('caller', undefined);
  http.removeAllContentTypeParsers();
  http.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, bytes: Buffer, done) => {
    request.rawBody = bytes;
    done(null, readJson(bytes));
  });

  http.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id).header('x-content-type-options', 'nosniff');
    allowOrigins(corsOrigins, request, reply);
    if (/\bclose\b/i.test(request.headers.connection ?? '')) lingerAfter(request.raw);
    request.span = begun(request);
    done();
  });
  http.addHook('onResponse', (request, reply, done) => {
    request.span?.end({ 'http.response.status_code': reply.statusCode }, reply.statusCode >= 500 ? 'failed' : undefined);
    const about = { request: request.id, method: request.method, url: withoutToken(request.url), status: reply.statusCode };
    // Of what was made: from a request to its order.
    const location = withoutToken(reply.getHeader('location'));
    log[reads.has(request.method) ? 'debug' : 'info']({ ...about, location, ms: Math.round(reply.elapsedTime) }, 'answered');
    metrics?.answered(request.method, request.is404 ? undefined : request.routeOptions.url, reply.statusCode, reply.elapsedTime / 1_000);
    done();
  });
  limitRate(http, requestsPerMinute, statusUrl);
  http.addHook('onRequest', (request, reply, done) => {
    const [path = '/'] = request.url.split('?', 1);
    // Where a path is a route word for word, its last word is no id: `/dead-letters/redrive` has nothing of `/dead-letters/{id}`.
    const own = methodsByPath.get(path);
    if (own ? !own.includes(request.method) : request.is404) {
      const known = methods.filter((method) => (own ? own.includes(method) : http.findRoute({ method, url: path })));
      return answerUnrouted(request, reply, known, statusUrl);
    }
    // Nothing is called that, and PostgreSQL would not even be asked.
    if (request.url.includes('%00') && Object.values(request.params as object).some((text: string) => text.includes('\0')))
      return sendProblem(reply, problem('not-found'), statusUrl);
    if (request.headers.host === undefined && request.raw.httpVersion === '1.1') {
      return sendProblem(reply, problem('malformed', { detail: 'HTTP/1.1 needs a Host.' }), statusUrl);
    }
    const encoding = request.headers['content-encoding']?.trim().toLowerCase();
    if (!encoding || encoding === 'identity') return done();
    const detail = 'Bodies are taken as they are, without a content encoding.';
    sendProblem(reply, problem('unsupported-media-type', { detail, headers: { 'accept-encoding': 'identity' } }), statusUrl);
  });
  return http;
}

/** Probes and scrapes would be most of what is traced. */
function begun({ method, url, headers, routeOptions }: FastifyRequest): Span | undefined {
  if (/^\/(health|metrics)\b/.test(url)) return undefined;
  const { traceparent } = headers;
  const route = routeOptions.url;
  return startSpan(route ? `${method} ${route}` : method, 'server', typeof traceparent === 'string' ? traceparent : undefined, {
    'http.request.method': method,
    ...(route && { 'http.route': route }),
  });
}

type Judge = ReturnType<FastifyInstance['createRateLimit']>;

/** By the caller, or else by the address. Probes and scrapes come from one address and are let through. */
function limitRate(http: FastifyInstance, max: number | undefined, statusUrl: string): void {
  void http.register(rateLimit, { global: false, timeWindow: 60_000 });
  let byCaller: Judge | undefined;
  let byAddress: Judge | undefined;
  const judge = async (request: FastifyRequest, reply: FastifyReply, asked: Caller | 'unknown' | undefined) => {
    if (asked && asked !== 'unknown') {
      request.caller = asked;
      byCaller ??= http.createRateLimit({ keyGenerator: ({ caller }) => caller!.id, max: ({ caller }) => caller!.perMinute });
    } else if (max !== undefined) byAddress ??= http.createRateLimit({ max });
    const judged = await (request.caller ? byCaller : byAddress)?.(request);
    if (judged && !judged.isAllowed && judged.isExceeded)
      sendProblem(reply, problem('rate-limited', { headers: { 'retry-after': String(judged.ttlInSeconds) } }), statusUrl);
    else if (asked === 'unknown')
      sendProblem(reply, problem('unauthorized', { detail: 'No account that is ready has this key.' }), statusUrl);
    else return;
    return reply;
  };
  http.addHook('onRequest', (request, reply, done) => {
    const asked = http.callerOf?.(request);
    if (!asked && (max === undefined || /^\/(health|metrics)\b/.test(request.url))) return done();
    return Promise.resolve(asked).then((caller) => judge(request, reply, caller));
  });
}

/** The caller's id where it is harmless, else a new one. Sent twice, it arrives joined by a comma and is none. */
function requestId({ headers }: { headers: IncomingMessage['headers'] }): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && givenId.test(given) ? given : randomUUID();
}

/** No route for this method: the path may have others. */
function answerUnrouted(request: FastifyRequest, reply: FastifyReply, known: readonly string[], statusUrl: string): void {
  if (known.length === 0) return sendProblem(reply, problem('not-found'), statusUrl);
  const allow = [...known, 'OPTIONS'].join(', ');
  if (request.method === 'OPTIONS') void reply.code(204).header('allow', allow).send();
  else sendProblem(reply, problem('method-not-allowed', { headers: { allow } }), statusUrl);
}

/** What is no HTTP never becomes a request, so there is no reply to send with. */
function answerGarbage(error: NodeJS.ErrnoException, socket: Socket, statusUrl: string): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const status = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : error.code === 'HPE_HEADER_OVERFLOW' ? 431 : 400;
  const id = randomUUID();
  const body = problemBody(problemOfStatus(status, status === 400 ? { detail: 'This is no HTTP/1.1.' } : {}), id, statusUrl);
  const headers = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Connection: close',
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Cache-Control: no-store',
    'X-Content-Type-Options: nosniff',
    `X-Request-Id: ${id}`,
  ];
  socket.end(`${headers.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}
