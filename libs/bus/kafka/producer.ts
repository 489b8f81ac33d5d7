import { setTimeout as sleep } from 'node:timers/promises';
import kafkajs, { type Message, type Producer } from 'kafkajs';
import { kafkaClient, type ClientOptions } from './client.js';

/**
 * A producer until its first doubt. After a send whose end is unknown its sequence numbers are not to be trusted: the broker may have
 * the records while kafkajs has taken the numbers back. Seen with a broker frozen until send() gave up: it kept that batch, acknowledged
 * the next one, of the same size, as its double, and that one was lost.
 */
export class DisposableProducer {
  readonly #producer: Producer;
  readonly #turns = new Map<string, Promise<void>>();
  #connected: Promise<void> | undefined;
  #disposed = false;

  constructor(options: ClientOptions) {
    this.#producer = kafkaClient(options).producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      metadataMaxAge: 10_000,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      // Some 20 s: longer than the publisher's deadline, but an end, since a disposed producer goes on trying.
      retry: { retries: 20 },
    });
  }

  get disposed(): boolean {
    return this.#disposed;
  }

  /**
   * One send() for one partition, and one at a time for each. A send() over several loses acknowledged records when a leader moves,
   * because kafkajs keeps answers by broker over its retries (tulios/kafkajs#1303). A partition it hasn't heard of it leaves out
   * without a word: hence the look at the answer.
   */
  async send(topic: string, partition: number, messages: readonly Message[]): Promise<void> {
    await this.#inTurn(`${topic}/${partition}`, async () => {
      await (this.#connected ??= this.#producer.connect());
      const answers = await this.#producer.send({ topic, acks: -1, messages: messages.map((message) => ({ ...message, partition })) });
      const taken = answers.some((answer) => answer.partition === partition && answer.errorCode === 0);
      if (!taken) throw new Error(`no broker has answered for partition ${partition} of ${topic}`);
    });
  }

  /** Ends what is under way as far as kafkajs lets itself be ended; what that still sends later are doubles. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    void this.#disconnect();
    // A send under way connects again for its next try.
    void Promise.allSettled(this.#turns.values()).then(() => this.#disconnect());
  }

  /** Waits 5 s at most for what is under way: its publisher will try again, in its next life. */
  async close(): Promise<void> {
    await Promise.race([Promise.allSettled(this.#turns.values()), sleep(5000, undefined, { ref: false })]);
    this.dispose();
    await Promise.race([this.#disconnect(), sleep(1000, undefined, { ref: false })]);
  }

  async #disconnect(): Promise<void> {
    await this.#producer.disconnect().catch(() => undefined);
  }

  async #inTurn(key: string, work: () => Promise<void>): Promise<void> {
    const before = this.#turns.get(key) ?? Promise.resolve();
    const mine = before
      .catch(() => undefined)
      .then(() => {
        if (this.#disposed) throw new Error('the producer was given up');
        return work();
      });
    this.#turns.set(key, mine);
    try {
      await mine;
    } finally {
      if (this.#turns.get(key) === mine) this.#turns.delete(key);
    }
  }
}
