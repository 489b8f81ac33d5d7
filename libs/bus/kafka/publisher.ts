import { PublishRefused, type News } from '../bus.js';
import type { AdminConnection } from './admin.js';
import type { ClientOptions } from './client.js';
import { toMessage } from './cloud-event.js';
import { partitionsOf } from './partitions.js';
import { pieces, type Outgoing } from './pieces.js';
import { DisposableProducer } from './producer.js';
import { refusal } from './refusal.js';

interface Refused {
  readonly news: News;
  readonly why: string;
}

export class Publisher {
  #producer: DisposableProducer | undefined;
  readonly #partitions: ReturnType<typeof partitionsOf>;

  constructor(
    private readonly options: ClientOptions,
    private readonly deadlineMs: number,
    admin: AdminConnection,
  ) {
    this.#partitions = partitionsOf(admin);
  }

  /** @throws {PublishRefused} for those that the broker will never take; any other error: publish all again. */
  async publish(topic: string, news: readonly News[]): Promise<void> {
    if (news.length === 0) return;
    const deadline = AbortSignal.timeout(this.deadlineMs);
    const outgoing: Outgoing[] = [];
    const refused: Refused[] = [];
    for (const one of news) {
      try {
        outgoing.push({ news: one, message: toMessage(one) });
      } catch (error) {
        refused.push({ news: one, why: String(error) });
      }
    }
    const partition = await until(deadline, this.#partitions(topic));
    const producer = this.#live();
    try {
      refused.push(...(await until(deadline, sendAll(producer, topic, outgoing, partition))));
    } catch (error) {
      producer.dispose();
      throw error;
    }
    if (refused.length === 0) return;
    const why = [...new Set(refused.map((one) => one.why))].join(', ');
    throw new PublishRefused(
      refused.map((one) => one.news),
      why,
    );
  }

  async close(): Promise<void> {
    await this.#producer?.close();
  }

  #live(): DisposableProducer {
    if (!this.#producer || this.#producer.disposed) this.#producer = new DisposableProducer(this.options);
    return this.#producer;
  }
}

/** The partitions side by side; within one, piece after piece. */
const sendAll = async (
  producer: DisposableProducer,
  topic: string,
  outgoing: readonly Outgoing[],
  partition: (key: string) => number,
): Promise<Refused[]> => {
  const byPartition = new Map<number, Outgoing[]>();
  for (const one of outgoing) {
    const number = partition(one.news.stream);
    const same = byPartition.get(number);
    if (same) same.push(one);
    else byPartition.set(number, [one]);
  }
  const refused = await Promise.all(
    [...byPartition].map(async ([number, all]) => {
      const here: Refused[] = [];
      for (const piece of pieces(all)) here.push(...(await sendPiece(producer, topic, number, piece)));
      return here;
    }),
  );
  return refused.flat();
};

/** A piece that is refused goes again record by record: the one at fault is named, the others get through. */
const sendPiece = async (
  producer: DisposableProducer,
  topic: string,
  partition: number,
  piece: readonly Outgoing[],
): Promise<Refused[]> => {
  try {
    await producer.send(
      topic,
      partition,
      piece.map((one) => one.message),
    );
    return [];
  } catch (error) {
    const why = refusal(error);
    if (!why) throw error;
    if (piece.length === 1) return [{ news: piece[0]!.news, why }];
    const refused: Refused[] = [];
    for (const one of piece) refused.push(...(await sendPiece(producer, topic, partition, [one])));
    return refused;
  }
};

const until = <T>(deadline: AbortSignal, work: Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    const late = (): void => reject(new Error('the broker has not taken the news in time'));
    deadline.addEventListener('abort', late, { once: true });
    work.then(resolve, reject).finally(() => deadline.removeEventListener('abort', late));
  });
