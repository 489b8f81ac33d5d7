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

/** Beside this module; of a module in `dist` that the build gave no copy, beside its source. */
const folder = ['page', '../../../libs/contract/page'].map((place) => path.join(import.meta.dirname, place)).find(existsSync)!;

/**
 * The page of `/docs`, its styles and its modules, by name: read once, so that no request ever names a file of the disk. The same for
 * everybody.
 */
export const pageFiles: ReadonlyMap<string, PageFile> = new Map(
  readdirSync(folder)
    .filter((name) => Object.hasOwn(types, path.extname(name)))
    .map((name) => [name, fileOf(types[path.extname(name)]!, readFileSync(path.join(folder, name)))]),
);

export function fileOf(type: string, body: Buffer): PageFile {
  return { type, body, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` };
}
