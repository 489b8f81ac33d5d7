import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '..');
const pagesIn = (folder: string): string[] =>
  readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => path.join(folder, name));
const documents = ['README.md', 'CONTRIBUTING.md', ...['docs', 'examples', 'deploy'].flatMap(pagesIn)];

/** With a `*` in its last part: if a name like that is there. */
function isThere(place: string): boolean {
  if (!place.includes('*')) return existsSync(place);
  const like = new RegExp(`^${path.basename(place).replaceAll('.', '\\.').replaceAll('*', '.*')}$`);
  return existsSync(path.dirname(place)) && readdirSync(path.dirname(place)).some((name) => like.test(name));
}

test.each(documents)('%s: each file that it names is there', (name) => {
  const text = readFileSync(path.join(root, name), 'utf8');
  const links = [...text.matchAll(/\]\((?![a-z]+:|#|\/)([^)#\s]+)/g)].map(([, to]) => path.resolve(root, path.dirname(name), to!));
  const paths = [...text.matchAll(/`((?:apps|bench|deploy|docs|examples|jobs|libs|test|tools)\/[\w.*/-]*\w)`/g)].map(([, to]) =>
    path.resolve(root, to!),
  );
  expect([...links, ...paths].filter((place) => !isThere(place)).map((place) => path.relative(root, place))).toEqual([]);
});
