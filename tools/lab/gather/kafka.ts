import kafkajs from 'kafkajs';
import { randomUUID } from 'node:crypto';
import type { Evidence } from '../evidence.js';

const topics = ['orders', 'photos', 'account'].flatMap((about) => [about, `${about}.express`, `${about}.bulk`]);

/** Everything that lies in Kafka, read from the beginning to where its end is now. */
export async function fromKafka(brokers: readonly string[]): Promise<Evidence['records']> {
  const kafka = new kafkajs.Kafka({ brokers: [...brokers], clientId: 'lab', logLevel: kafkajs.logLevel.NOTHING, retry: { retries: 10 } });
  const admin = kafka.admin();
  const consumer = kafka.consumer({ groupId: `lab.${randomUUID()}`, maxWaitTimeInMs: 100 });
  const records: { topic: string; stream: string; version: number }[] = [];
  await admin.connect();
  try {
    const left = new Map<string, bigint>();
    for (const topic of topics) {
      for (const { partition, high, low } of await admin.fetchTopicOffsets(topic))
        if (BigInt(high) > BigInt(low)) left.set(`${topic}/${partition}`, BigInt(high));
    }
    if (left.size === 0) return records;
    await consumer.connect();
    await consumer.subscribe({ topics, fromBeginning: true });
    await new Promise<void>((read, failed) => {
      const late = setTimeout(
        () => failed(new Error(`Kafka could not be read to its end: ${[...left.keys()].join(', ')} are left.`)),
        60_000,
      );
      void consumer.run({
        autoCommit: false,
        eachBatch: async ({ batch: { topic, partition, messages } }) => {
          for (const { headers } of messages)
            records.push({ topic, stream: String(headers?.ce_subject), version: Number(headers?.ce_streamversion) });
          const place = `${topic}/${partition}`;
          if (left.has(place) && BigInt(messages.at(-1)!.offset) + 1n >= left.get(place)!) left.delete(place);
          if (left.size > 0) return;
          clearTimeout(late);
          read();
        },
      });
    });
    return records;
  } finally {
    await consumer.disconnect().catch(() => {});
    await admin.disconnect();
  }
}
