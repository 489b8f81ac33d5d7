import type { Objects } from '#libs/objects';
import type { SealedEntry } from './sealed-entry.js';

export interface ReadSealed {
  readonly entries: readonly SealedEntry[];
  /** The byte behind the last of them. */
  readonly end: number;
  /** Bytes, of the whole object. */
  readonly size: number;
}

const lf = 0x0a;

/** At most so many entries of an import, from a byte on at which one begins. `undefined` where there is no such import any more. */
export async function readSealed(objects: Objects, object: string, from: number, most: number): Promise<ReadSealed | undefined> {
  const found = await objects.get(object, from);
  if (!found) return undefined;
  const entries: SealedEntry[] = [];
  let end = from;
  let rest: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of found.stream as AsyncIterable<Buffer>) {
      const bytes = Buffer.concat([rest, chunk]);
      let begin = 0;
      for (let at = bytes.indexOf(lf); at >= 0 && entries.length < most; at = bytes.indexOf(lf, begin)) {
        entries.push(JSON.parse(bytes.toString('utf8', begin, at)) as SealedEntry);
        begin = at + 1;
      }
      end += begin;
      rest = bytes.subarray(begin);
      if (entries.length === most) break;
    }
  } finally {
    found.stream.destroy();
  }
  return { entries, end, size: found.size };
}
