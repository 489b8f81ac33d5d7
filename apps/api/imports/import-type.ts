import type { Access } from '#libs/access';
import { problem, type Problem } from '#libs/host';
import { mostBytes, type ImportType } from '#libs/imports';
import type { FastifyInstance } from 'fastify';

const types: Readonly<Record<string, ImportType>> = { 'text/csv': 'csv', 'application/x-ndjson': 'ndjson' };

/** What a `Content-Type` says: its parameters are passed over, as either is UTF-8 and CSV's header is always there. */
export const importType = (header = ''): ImportType | undefined => types[header.split(';', 1)[0]!.trim().toLowerCase()];

/** Lets files of orders through to this route, unread, once it is sure that they come from the operator; to any other route they are a type that it does not take. */
export function takeImports(http: FastifyInstance, route: string, access: Pick<Access, 'checkOperator'>): void {
  http.addHook('onRequest', (request, _reply, done) => {
    if (request.method !== 'POST' || request.routeOptions.url !== route) return done();
    try {
      access.checkOperator(request);
      const { 'content-type': type, 'content-length': length } = request.headers;
      if (!importType(type)) throw problem('unsupported-media-type', { detail: `Send ${Object.keys(types).join(' or ')}.` });
      if (Number(length) > mostBytes) throw problem('too-large');
      done();
    } catch (refused) {
      done(refused as Problem);
    }
  });
  for (const type of Object.keys(types)) {
    http.addContentTypeParser(type, (request, body, done) => {
      if (request.routeOptions.url === route) done(null, body);
      else done(problem('unsupported-media-type'));
    });
  }
}
