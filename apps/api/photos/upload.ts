import { invalidAt, problem, type Problem } from '#libs/host';
import { Busboy, type BusboyHeaders, type BusboyInstance } from '@fastify/busboy';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Transform, type Readable } from 'node:stream';
import { mostBytes, tooLarge } from './receive-photo.js';

const isForm = (type = ''): boolean => /^multipart\/form-data\b/i.test(type);
const isImage = (type = ''): boolean => /^image\//i.test(type);

/** Lets images and forms through to this route, unread, and nothing else. To any other route they are a type that it does not take. */
export function takeUploads(http: FastifyInstance, route: string): void {
  http.addHook('onRequest', (request, _reply, done) => {
    const { 'content-type': type, 'content-length': length } = request.headers;
    if (request.method !== 'POST' || request.routeOptions.url !== route) done();
    else if (!isForm(type) && !isImage(type)) done(unsupported());
    // Said at once, and not after 25 MiB of it.
    else done(Number(length) > mostBytes + (isForm(type) ? formAround : 0) ? problem('too-large', { detail: tooLarge.detail }) : undefined);
  });
  for (const type of ['multipart/form-data', /^image\//]) {
    http.addContentTypeParser(type, (request, body, done) => {
      if (request.routeOptions.url === route) done(null, body);
      else done(problem('unsupported-media-type'));
    });
  }
}

export interface Upload {
  readonly bytes: Readable;
  /** Where it stands in the request, RFC 6901. */
  readonly pointer: '' | '/file';
}

/**
 * The upload as it arrives: the body itself, or the one file of a form. It ends well only if the whole form was well; if not, it fails with the
 * problem.
 * @throws {Problem} `malformed`, `invalid`: what can be said before there is a file
 */
export async function uploadOf(request: FastifyRequest): Promise<Upload> {
  const { 'content-type': type } = request.headers;
  return isForm(type) ? { bytes: await fileOfForm(request), pointer: '/file' } : { bytes: request.raw, pointer: '' };
}

/** More than the other parts of a form may have in all, so that it can be no photo of the allowed size. */
const formAround = 1024 * 1024;

const unsupported = () =>
  problem('unsupported-media-type', { detail: 'Send the image itself, with its type, or a form with it in the field `file`.' });

const limits = { files: 2, fields: 10, parts: 20, fieldNameSize: 100, fieldSize: 1_024, headerPairs: 20, fileSize: mostBytes + 1 };

function fileOfForm({ raw, headers }: FastifyRequest): Promise<Readable> {
  return new Promise((found, refused) => {
    let file: Transform | undefined;
    let fault: Problem | undefined;

    const parser = parserOf(headers as BusboyHeaders);
    const whole = new Promise<void>((resolve, reject) => {
      parser.once('finish', () => (fault ? reject(fault) : resolve()));
      parser.on('error', () => reject(fault ?? problem('malformed', { detail: 'The form cannot be read.' })));
      raw.once('close', () => raw.complete || reject(problem('malformed', { detail: 'The upload broke off.' })));
    });
    whole.then(
      () => file ?? refused(invalidAt(['file'], 'This is missing.')),
      (error: Error) => {
        file?.destroy(error);
        refused(error);
        raw.resume();
      },
    );

    parser.on('field', (name) => {
      fault ??= invalidAt([name], name === 'file' ? 'This is to be a file.' : 'This field is not known.');
    });
    parser.on('file', (name, part) => {
      part.on('error', () => {});
      if (name !== 'file' || file) {
        fault ??= invalidAt([name], file ? 'One photo at a time.' : 'This field is not known.');
        part.resume();
        return;
      }
      // Its last byte is let go when the form has ended well.
      file = new Transform({
        transform: (chunk, _encoding, next) => next(null, chunk),
        flush: (end) => void whole.then(() => end(), end),
      });
      file.on('error', () => {});
      found(part.pipe(file));
    });
    raw.pipe(parser);
  });
}

function parserOf(headers: BusboyHeaders): BusboyInstance {
  try {
    return new Busboy({ headers, limits });
  } catch {
    throw problem('malformed', { detail: 'The form has no boundary.' });
  }
}
