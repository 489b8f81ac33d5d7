import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, rmdir, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import { checkName, checkPrefix } from './name.js';
import { Objects, type Found, type Listed } from './objects.js';

/** Where uploads lie until they are whole. The dot keeps it out of every name. */
const incoming = '.incoming';
/** An upload to which nothing has been added for so long belongs to a process that is gone. */
const abandonedMs = 24 * 60 * 60 * 1000;

/** Objects as files of one folder, which several processes may share. Atomic by `rename`, durable by `fsync` of file and folders. */
export class FilesystemObjects extends Objects {
  readonly #dir: string;

  private constructor(dir: string) {
    super();
    this.#dir = dir;
  }

  /** Makes the folder if there is none, and removes what uploads cut off by a crash have left. */
  static async open(dir: string): Promise<FilesystemObjects> {
    const waiting = path.join(dir, incoming);
    await mkdir(waiting, { recursive: true });
    for (const file of await readdir(waiting)) {
      const found = await unlessGone(stat(path.join(waiting, file)));
      if (found && found.mtimeMs < Date.now() - abandonedMs) await rm(path.join(waiting, file), { force: true });
    }
    return new FilesystemObjects(path.resolve(dir));
  }

  async put(name: string, source: AsyncIterable<Uint8Array> | Uint8Array): Promise<void> {
    const target = path.join(this.#dir, checkName(name));
    const temporary = path.join(this.#dir, incoming, randomUUID());
    try {
      const file = await open(temporary, 'wx', 0o640);
      try {
        // One chunk is asked for when the last is written: a fast client is held back to the disk's pace.
        for await (const chunk of source instanceof Uint8Array ? [source] : source) await file.writeFile(chunk);
        await file.sync();
      } finally {
        await file.close();
      }
      await this.#moveTo(target, temporary);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  async get(name: string, from = 0): Promise<Found | undefined> {
    const file = await unlessGone(open(path.join(this.#dir, checkName(name))));
    if (!file) return undefined;
    const found = await file.stat();
    // Opened before it is measured, and read from what was opened: size and stream are of one object, whatever is put or deleted now.
    if (found.isFile()) return { stream: file.createReadStream({ start: from }), size: found.size };
    await file.close();
    return undefined;
  }

  async delete(name: string): Promise<void> {
    const target = path.join(this.#dir, checkName(name));
    if ((await unlessGone(unlink(target).then(() => true))) === undefined) return;
    await syncFolder(path.dirname(target));
    await this.#removeEmpty(path.dirname(target));
  }

  async *list(prefix: string): AsyncGenerator<Listed> {
    const folder = checkPrefix(prefix).slice(0, prefix.lastIndexOf('/') + 1);
    for (const entry of (await unlessGone(readdir(path.join(this.#dir, folder), { withFileTypes: true }))) ?? []) {
      const name = folder + entry.name;
      if (!name.startsWith(prefix) || name.startsWith('.')) continue;
      if (entry.isDirectory()) yield* this.list(`${name}/`);
      else {
        const found = await unlessGone(stat(path.join(this.#dir, name)));
        if (found) yield { name, size: found.size, at: found.mtime };
      }
    }
  }

  async #moveTo(target: string, temporary: string): Promise<void> {
    const folder = path.dirname(target);
    for (let tries = 1; ; tries += 1) {
      await mkdir(folder, { recursive: true });
      try {
        await rename(temporary, target);
      } catch (error) {
        // A deletion has just taken the empty folder away.
        if (codeOf(error) === 'ENOENT' && tries < 10) continue;
        throw error;
      }
      // A new folder is an entry of the one above it, and who made it may not have come to this line yet.
      for (let at = folder; at !== this.#dir; at = path.dirname(at)) await syncFolder(at);
      await syncFolder(this.#dir);
      return;
    }
  }

  async #removeEmpty(folder: string): Promise<void> {
    for (let at = folder; at !== this.#dir; at = path.dirname(at)) {
      try {
        await rmdir(at);
      } catch {
        // Not empty, or gone: whoever comes last removes it.
        return;
      }
    }
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await unlessGone(open(folder));
  if (!handle) return;
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const codeOf = (error: unknown): unknown => (error as NodeJS.ErrnoException).code;

/** `undefined` for what is not there, or would lie in what is no folder. */
async function unlessGone<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
