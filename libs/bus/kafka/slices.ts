import type { EachBatchPayload, KafkaMessage } from 'kafkajs';
import { batchLimit } from '../batch.js';

/** What kafkajs has handed over of one partition, and waits for. */
export interface Part {
  readonly payload: EachBatchPayload;
  readonly partition: number;
  readonly messages: readonly KafkaMessage[];
  taken: number;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

export interface Slice {
  readonly part: Part;
  readonly messages: readonly KafkaMessage[];
}

/** Takes up to 500 records off the front of what waits, over as many partitions as it comes to, each in its order. */
export const takeSlices = (waiting: Part[]): Slice[] => {
  const slices: Slice[] = [];
  let room = batchLimit;
  while (room > 0) {
    const part = waiting.shift();
    if (!part) break;
    const messages = part.messages.slice(part.taken, part.taken + room);
    part.taken += messages.length;
    room -= messages.length;
    slices.push({ part, messages });
  }
  return slices;
};

export const isThrough = (part: Part): boolean => part.taken >= part.messages.length;
