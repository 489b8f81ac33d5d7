import type { KafkaMessage } from 'kafkajs';
import type { ClientOptions } from './client.js';
import { DisposableProducer } from './producer.js';

export const deadLetterTopic = 'dead-letter';

export interface Undecodable {
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

const letter = ({ topic, partition, message, cause }: Undecodable) => ({
  key: message.key,
  value: message.value,
  headers: {
    ...message.headers,
    'dead-letter-cause': cause,
    'dead-letter-topic': topic,
    'dead-letter-partition': String(partition),
    'dead-letter-offset': message.offset,
  },
});
