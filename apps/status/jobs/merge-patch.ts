import { problem, readJson } from '#libs/host';
import type { FastifyInstance } from 'fastify';

/** Lets RFC 7396's type through to this route; to any other it is a type that it does not take. */
export function takeMergePatch(http: FastifyInstance, route: string): void {
  http.addContentTypeParser('application/merge-patch+json', { parseAs: 'buffer' }, (request, bytes: Buffer, done) => {
    if (request.method === 'PATCH' && request.routeOptions.url === route) done(null, readJson(bytes));
    else done(problem('unsupported-media-type'));
  });
}
