import type { FastifyReply, FastifyRequest } from 'fastify';

const exposed = 'Location, ETag, Retry-After, Idempotency-Replayed, Preference-Applied, X-Request-Id';
const allowed = 'Authorization, Content-Type, Idempotency-Key, If-None-Match, Last-Event-ID, Prefer, X-Request-Id';

/**
 * Lets pages of these origins read our answers. No credentials: tokens travel in headers and links, never in cookies. (The usual plugin answers
 * each OPTIONS itself, and ours names the methods of its address.)
 * @param origins where there are none, the answer is as if this had not been called
 */
export function allowOrigins(origins: readonly string[], request: FastifyRequest, reply: FastifyReply): void {
  if (origins.length === 0) return;
  reply.header('vary', 'Origin');
  const { origin } = request.headers;
  if (origin === undefined || !origins.includes(origin)) return;
  reply.header('access-control-allow-origin', origin).header('access-control-expose-headers', exposed);
  if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) return;
  reply
    .header('access-control-allow-methods', 'GET, HEAD, POST, PUT, PATCH, DELETE')
    .header('access-control-allow-headers', allowed)
    .header('access-control-max-age', '600');
}
