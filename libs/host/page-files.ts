import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export interface PageFile {
  readonly type: string;
  readonly body: Buffer;
  /** Strong, with its quotes. */
  readonly etag: string;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/**
 * A page, its styles and its modules, by name: read once, so that no request ever names a file of the disk. The same for everybody.
 * @param beside the folder of the module that serves it; the page lies in `page` there
 * @param source the same folder from the project's top: where a module in `dist` finds what the build gave no copy
 */
export function pageFilesIn(beside: string, source: string): ReadonlyMap<string, PageFile> {
  const top = source.split('/').map(() => '..');
  const folder = ['page', path.join(...top, '..', source, 'page')].map((place) => path.join(beside, place)).find(existsSync)!;
  return new Map(
    readdirSync(folder)
      .filter((name) => Object.hasOwn(types, path.extname(name)))
      .map((name) => [name, pageFile(types[path.extname(name)]!, readFileSync(path.join(folder, name)))]),
  );
}

export function pageFile(type: string, body: Buffer): PageFile {
  return { type, body, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` };
}
