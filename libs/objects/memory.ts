import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { checkName, checkPrefix } from './name.js';
import { Objects, type Found, type Listed } from './objects.js';

/** Objects of one process, gone with it: for tests. */
export class MemoryObjects extends Objects {
  readonly #objects = new Map<string, { readonly content: Buffer; readonly at: Date }>();

  async put(name: string, source: AsyncIterable<Uint8Array> | Uint8Array): Promise<void> {
    checkName(name);
    const content = source instanceof Uint8Array ? Buffer.from(source) : await buffer(source);
    this.#objects.set(name, { content, at: new Date() });
  }

  async get(name: string, from = 0): Promise<Found | undefined> {
    const found = this.#objects.get(checkName(name));
    if (!found) return undefined;
    const content = found.content.subarray(from);
    return { stream: Readable.from(content.length ? [content] : []), size: found.content.length };
  }

  async delete(name: string): Promise<void> {
    this.#objects.delete(checkName(name));
  }

  async *list(prefix: string): AsyncGenerator<Listed> {
    checkPrefix(prefix);
    for (const [name, { content, at }] of this.#objects) {
      if (name.startsWith(prefix)) yield { name, size: content.length, at };
    }
  }
}
