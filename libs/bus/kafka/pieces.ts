import type { Message } from 'kafkajs';
import type { News } from '../bus.js';

export interface Outgoing {
  readonly news: News;
  readonly message: Message & { readonly value: string };
}

/** A broker takes 1 MiB in one piece by default; key and headers are some hundred bytes a record. */
const pieceBytes = 512 * 1024;

/** In order, each as large as one request may be; a record above that stands alone. */
export const pieces = (all: readonly Outgoing[]): Outgoing[][] => {
  const result: Outgoing[][] = [];
  let room = 0;
  for (const one of all) {
    const size = Buffer.byteLength(one.message.value) + 512;
    if (size > room) {
      result.push([]);
      room = pieceBytes;
    }
    result.at(-1)!.push(one);
    room -= size;
  }
  return result;
};
