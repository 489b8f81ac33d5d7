import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin } from 'kafkajs';
import { silent, type BusLog } from '../log.js';
import { AdminConnection } from './admin.js';
import { deadLetterTopic } from './dead-letter.js';

export interface Topic {
  readonly name: string;
  readonly partitions: number;
  /** On how many brokers each partition is kept; default: what the brokers are set to. Of a topic that is there already it isn't changed. */
  readonly replication?: number;
}

const partitionCounts = async (admin: Admin): Promise<Map<string, number>> => {
  const { topics } = await admin.fetchTopicMetadata();
  // A topic without a leader yet is not there yet.
  const led = topics.filter(({ partitions }) => partitions.every(({ leader }) => leader >= 0));
  return new Map(led.map(({ name, partitions }) => [name, partitions.length]));
};

/**
 * Makes the topics that are missing, and the dead-letter topic; adds partitions where fewer are there than asked for, never takes any away.
 * With `grow: false` those that are there stay as they are. Safe in several processes at once. Resolves when the brokers serve them all.
 * @throws {Error} a sentence if that has not come about within `withinMs`
 */
export const ensureTopics = async (
  {
    brokers,
    clientId = 'backroom-topics',
    log = silent,
    grow = true,
    withinMs = 30_000,
  }: { brokers: readonly string[]; clientId?: string; log?: BusLog; grow?: boolean; withinMs?: number },
  wanted: readonly Topic[],
): Promise<void> => {
  const connection = new AdminConnection({ brokers, clientId, log });
  const all = [...wanted, { name: deadLetterTopic, partitions: 1, replication: wanted[0]?.replication }];
  const end = Date.now() + withinMs;
  try {
    // Each round asks for what is still missing, so that it does not matter who else is at it, or which of the answers was lost.
    for (;;) {
      const lacking = await connection.ask((admin) => improve(admin, all, grow)).catch((error: unknown) => error);
      if (Array.isArray(lacking) && lacking.length === 0) return;
      if (Date.now() > end) {
        const what = Array.isArray(lacking)
          ? `lacks its topics ${lacking.join(', ')}`
          : `does not make its topics (${(lacking as Error).message})`;
        throw new Error(`After ${withinMs / 1000} s Kafka still ${what}.`, { cause: lacking });
      }
      await sleep(100);
    }
  } finally {
    await connection.close();
  }
};

/** Which of these the brokers do not serve. Rejects if they do not answer. */
export const lackingTopics = async (
  { brokers, clientId = 'backroom-topics', log = silent }: { brokers: readonly string[]; clientId?: string; log?: BusLog },
  names: readonly string[],
): Promise<string[]> => {
  const connection = new AdminConnection({ brokers, clientId, log });
  try {
    const there = await connection.ask(partitionCounts);
    return names.filter((name) => !there.has(name));
  } finally {
    await connection.close();
  }
};

/** @returns the names of those that were not yet as they should be. */
const improve = async (admin: Admin, wanted: readonly Topic[], grow: boolean): Promise<string[]> => {
  const there = await partitionCounts(admin);
  const missing = wanted.filter(({ name }) => !there.has(name));
  const small = grow ? wanted.filter(({ name, partitions }) => (there.get(name) ?? partitions) < partitions) : [];
  // One that exists already makes this return false, and the others are made all the same.
  if (missing.length) {
    await admin.createTopics({
      topics: missing.map(({ name, partitions, replication = -1 }) => ({
        topic: name,
        numPartitions: partitions,
        replicationFactor: replication,
      })),
    });
  }
  if (small.length)
    await admin.createPartitions({ topicPartitions: small.map(({ name, partitions }) => ({ topic: name, count: partitions })) });
  return [...missing, ...small].map(({ name }) => name);
};
