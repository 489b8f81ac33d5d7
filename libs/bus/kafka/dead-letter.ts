import { pause, type Backoff } from '#libs/backoff';
import type { EachBatchPayload, KafkaMessage } from 'kafkajs';
import type { Subscription, Unread } from '../bus.js';
import type { ClientOptions } from './client.js';
import { runConsumer, type ConsumerOptions } from './consumer.js';
import { DisposableProducer } from './producer.js';

export const deadLetterTopic = 'dead-letter';

export interface Undecodable {
  /** Who could not read it. */
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly message: KafkaMessage;
  readonly cause: string;
}

/** Where records go that nobody can read: as they came, with headers that say where from and why. One partition, since order means nothing here. */
export class DeadLetters {
  #producer: DisposableProducer | undefined;

  constructor(private readonly options: ClientOptions) {}

  async send(all: readonly Undecodable[]): Promise<void> {
    if (all.length === 0) return;
    if (!this.#producer || this.#producer.disposed) this.#producer = new DisposableProducer(this.options);
    const producer = this.#producer;
    try {
      await producer.send(deadLetterTopic, 0, all.map(letter));
    } catch (error) {
      producer.dispose();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#producer?.close();
  }
}

const letter = ({ group, topic, partition, message, cause }: Undecodable) => ({
  key: message.key,
  value: message.value,
  headers: {
    ...message.headers,
    'dead-letter-cause': cause,
    'dead-letter-consumer': group,
    'dead-letter-topic': topic,
    'dead-letter-partition': String(partition),
    'dead-letter-offset': message.offset,
    'dead-letter-timestamp': message.timestamp,
  },
});

/** Short enough for the group to go on believing in this member. */
const again: Backoff = { firstMs: 100, maxMs: 2_000 };

/** Hands over what stands in the dead-letter topic, from its beginning, each batch until it is taken. */
export function readDeadLetters(options: ConsumerOptions, groupId: string, work: (some: readonly Unread[]) => Promise<void>): Subscription {
  const leaving = new AbortController();
  let inHand: Promise<void> | undefined;
  const take = async ({ batch, heartbeat, resolveOffset, commitOffsetsIfNecessary }: EachBatchPayload): Promise<void> => {
    const last = batch.messages.at(-1);
    if (!last) return;
    for (let failures = 1; !leaving.signal.aborted; failures++) {
      try {
        await work(batch.messages.map(unread));
        break;
      } catch (error) {
        options.log('warn', 'dead letters could not be filed, and come again', { failures, error });
      }
      await pause(again, failures, leaving.signal);
      // Rejects with kafkajs' own error, which is kafkajs' to handle.
      await heartbeat();
    }
    if (leaving.signal.aborted) return;
    resolveOffset(last.offset);
    const offset = (BigInt(last.offset) + 1n).toString();
    await commitOffsetsIfNecessary({ topics: [{ topic: deadLetterTopic, partitions: [{ partition: batch.partition, offset }] }] });
  };
  const stop = runConsumer(options, {
    groupId,
    topic: deadLetterTopic,
    fromBeginning: true,
    busy: () => inHand !== undefined,
    eachBatch: (payload) => (inHand = take(payload).finally(() => (inHand = undefined))),
  });
  return {
    async close() {
      leaving.abort();
      await stop(inHand?.catch(() => {}) ?? Promise.resolve());
    },
  };
}

/** As it can be filed, whatever stands in it: U+0000 has no place in a database's text, and no date lies behind the year 9999. */
export function unread({ key, headers = {}, timestamp, offset }: KafkaMessage): Unread {
  const text = (bytes: { toString(): string } | null | undefined): string | undefined => bytes?.toString().replaceAll('\0', '\ufffd');
  const said = (name: string): string | undefined => text(headers[name] as Buffer | undefined);
  const ms = [said('dead-letter-timestamp'), timestamp].map(Number).find((ms) => ms >= 0 && ms < Date.UTC(10_000, 0)) ?? 0;
  return {
    group: said('dead-letter-consumer') ?? 'unknown',
    topic: said('dead-letter-topic') ?? deadLetterTopic,
    partition: Number(said('dead-letter-partition') ?? 0),
    offset: said('dead-letter-offset') ?? offset,
    key: text(key) ?? null,
    type: said('ce_type') ?? null,
    cause: said('dead-letter-cause') ?? 'unknown',
    at: new Date(ms).toISOString(),
  };
}
