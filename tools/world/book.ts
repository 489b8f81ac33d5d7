import { closeSync, ftruncateSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import type { Entry } from './service.js';

/** A service's book: append-only NDJSON on disk, indexed in memory by key and by order. */
export interface Book<K extends object> {
  ofKey(key: string): Entry<K> | undefined;
  /** Oldest first. */
  ofOrder(orderId: string): readonly Entry<K>[];
  all(): Iterable<Entry<K>>;
  /** On disk when it returns; throws, and keeps nothing, when it can't be (a full disk). */
  add(entry: Entry<K>): Entry<K>;
  close(): void;
}

/**
 * Reads the book back. A last line without its end was being written when the process died, so nobody was ever told of it: it is cut off.
 * Any other unreadable line throws: a bank that guesses at its own book is worse than one that doesn't open.
 */
export function openBook<K extends object>(file: string): Book<K> {
  const byKey = new Map<string, Entry<K>>();
  const byOrder = new Map<string, Entry<K>[]>();
  const remember = (entry: Entry<K>) => {
    byKey.set(entry.key, entry);
    const before = byOrder.get(entry.orderId);
    if (before) before.push(entry);
    else byOrder.set(entry.orderId, [entry]);
  };

  const fd = openSync(file, 'a+', 0o600);
  let size = 0;
  try {
    size = readLines(fd, (line, number) => remember(parse<K>(file, line, number)));
    if (fstatSync(fd).size > size) ftruncateSync(fd, size);
  } catch (error) {
    closeSync(fd);
    throw error;
  }

  return {
    ofKey: (key) => byKey.get(key),
    ofOrder: (orderId) => byOrder.get(orderId) ?? [],
    all: () => byKey.values(),
    add(entry) {
      const line = Buffer.from(`${JSON.stringify(entry)}\n`);
      // In the page cache a kill of the process can't take it back; power loss is not simulated, so no fsync.
      try {
        if (writeSync(fd, line) < line.length) throw new Error(`${file}: only a part of a line could be written`);
      } catch (error) {
        ftruncateSync(fd, size); // half a line would swallow the next one
        throw error;
      }
      size += line.length;
      remember(entry);
      return entry;
    },
    close: () => closeSync(fd),
  };
}

function parse<K extends object>(file: string, line: string, number: number): Entry<K> {
  try {
    return JSON.parse(line) as Entry<K>;
  } catch {
    throw new Error(`${file}: line ${number} is no JSON`);
  }
}

/** Hands over each whole line and returns where the last one ends, in bytes. */
function readLines(fd: number, each: (line: string, number: number) => void): number {
  const chunk = Buffer.allocUnsafe(1 << 20);
  let rest = Buffer.alloc(0);
  let [end, number] = [0, 0];
  for (let at = 0, read; (read = readSync(fd, chunk, 0, chunk.length, at)) > 0; at += read) {
    const data = Buffer.concat([rest, chunk.subarray(0, read)]);
    let from = 0;
    for (let to; (to = data.indexOf(0x0a, from)) >= 0; from = to + 1) each(data.toString('utf8', from, to), ++number);
    end += from;
    rest = data.subarray(from);
  }
  return end;
}
