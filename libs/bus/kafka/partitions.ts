import kafkajs from 'kafkajs';
import type { AdminConnection } from './admin.js';

const freshMs = 10_000;

/**
 * Says to which partition of a topic a key belongs, as Kafka's own clients do (murmur2), by a count that is at most 10 s old.
 * More partitions move keys; nobody may rely on a key's partition.
 */
export const partitionsOf = (admin: AdminConnection) => {
  const known = new Map<string, { partitions: kafkajs.PartitionMetadata[]; until: number }>();
  const choose = kafkajs.Partitioners.DefaultPartitioner();
  return async (topic: string): Promise<(key: string) => number> => {
    let entry = known.get(topic);
    if (!entry || entry.until < Date.now()) {
      const { topics } = await admin.ask((a) => a.fetchTopicMetadata({ topics: [topic] }));
      const partitions = topics[0]?.partitions ?? [];
      if (partitions.length === 0) throw new Error(`the topic ${topic} has no partitions`);
      entry = { partitions, until: Date.now() + freshMs };
      known.set(topic, entry);
    }
    const partitionMetadata = entry.partitions;
    return (key) => choose({ topic, partitionMetadata, message: { key, value: null } });
  };
};
