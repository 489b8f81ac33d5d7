import { Problem } from '#libs/host';
import type { ImportType } from '#libs/imports';
import { randomUUID } from 'node:crypto';
import { createReadStream, type Stats } from 'node:fs';
import { lstat, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/** A file that has not grown for so long is taken for whole. */
const quietMs = 1_000;
/** Where files lie while they are sealed; the dot keeps it out of what is looked at. */
const claims = '.taking';
const types: Readonly<Record<string, ImportType>> = { '.csv': 'csv', '.ndjson': 'ndjson', '.jsonl': 'ndjson' };

export interface WatchedFolder {
  readonly dir: string;
  /** Seals a file into the store. @throws {Problem} `invalid`, `malformed`, `too-large`: nobody can seal it */
  seal(type: ImportType, bytes: Readable): Promise<{ readonly object: string }>;
  /** Asks for the run that reads it. */
  queue(object: string): Promise<void>;
  /** It is not the file it was sealed from any more. */
  discard(object: string): Promise<void>;
  log(level: 'info' | 'warn', message: string, details: object): void;
}

/**
 * Takes the files of orders that are dropped into a folder, until it is told to stop. A file is claimed by moving it, which only one can do,
 * sealed, and deleted. If the process dies meanwhile, whoever watches next seals it again: its orders, if they were placed, are duplicates then.
 *
 * It looks each second. Whatever tells of changes (inotify; chokidar, which uses it) tells nothing of network folders, of files dropped while it
 * was down, or of when a file is whole: one has to look all the same.
 */
export async function watchFolder(folder: WatchedFolder, signal: AbortSignal, beat: () => void = () => {}): Promise<void> {
  const { dir } = folder;
  await mkdir(path.join(dir, claims), { recursive: true });
  // Of whoever watched before, and is gone.
  for (const name of await readdir(path.join(dir, claims))) {
    const claimed = await claim(dir, path.join(claims, name), nameOf(name));
    if (claimed) await take(folder, claimed, nameOf(name), await stateOf(claimed), signal);
  }
  const seen = new Map<string, string>();
  for (;;) {
    beat();
    for (const name of await readdir(dir)) {
      const state = typeOf(name) && (await stateOf(path.join(dir, name)));
      if (!state) continue;
      if (seen.get(name) !== state) {
        seen.set(name, state);
        continue;
      }
      seen.delete(name);
      const claimed = await claim(dir, name, name);
      if (claimed) await take(folder, claimed, name, state, signal);
    }
    await sleep(quietMs, undefined, { signal });
  }
}

/** @param seen how it was when it had not grown for a second */
async function take(folder: WatchedFolder, claimed: string, name: string, seen: string | undefined, signal: AbortSignal): Promise<void> {
  try {
    for (let state = seen; ; state = await whenQuiet(claimed, signal)) {
      const { object } = await folder.seal(typeOf(name)!, createReadStream(claimed));
      // Whoever still writes goes on in the file that was moved, and another may have taken its name before it was.
      if ((await stateOf(claimed)) === state) {
        await folder.queue(object);
        break;
      }
      await folder.discard(object);
    }
    await rm(claimed);
    folder.log('info', 'a file of orders was taken', { file: name });
  } catch (refused) {
    if (!(refused instanceof Problem) || refused.getStatus() >= 500) throw refused;
    const rejected = path.join(folder.dir, `${name}.rejected`);
    const why = [refused.detail, ...(refused.errors ?? []).map(({ detail }) => detail)].join('\n');
    await writeFile(`${rejected}.txt`, `${why}\n`);
    await rename(claimed, rejected);
    folder.log('warn', 'a file of orders cannot be taken', { file: name, why });
  }
}

/** @returns where it lies now; `undefined` if another was quicker */
async function claim(dir: string, from: string, name: string): Promise<string | undefined> {
  const to = path.join(dir, claims, `${randomUUID()}-${name}`);
  return unlessGone(rename(path.join(dir, from), to).then(() => to));
}

async function whenQuiet(file: string, signal: AbortSignal): Promise<string | undefined> {
  for (let was = await stateOf(file); ;) {
    await sleep(quietMs, undefined, { signal });
    const now = await stateOf(file);
    if (now === was) return now;
    was = now;
  }
}

/** Changes when the file does. Only of a file: whatever a link leads to was not dropped here. */
async function stateOf(file: string): Promise<string | undefined> {
  const found: Stats | undefined = await unlessGone(lstat(file));
  return found?.isFile() ? `${found.ino} ${found.size} ${found.mtimeMs}` : undefined;
}

const typeOf = (name: string): ImportType | undefined => (name.startsWith('.') ? undefined : types[path.extname(name).toLowerCase()]);

/** Of a claim. */
const nameOf = (claimed: string): string => claimed.slice(randomUUID().length + 1);

async function unlessGone<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
