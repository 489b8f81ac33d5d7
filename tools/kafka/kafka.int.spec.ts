import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import kafkajs from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startKafka, whyNoKafka, type KafkaCluster } from '#tools/kafka';

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'kafka-spec-'));
describe.skipIf(whyNoKafka())('a Kafka of our own', () => {
  let cluster: KafkaCluster;

  beforeAll(async () => {
    cluster = await startKafka({ dir, extra: { 'message.max.bytes': 54_321 } });
  });
  afterAll(async () => {
    await cluster.stop('SIGKILL');
    fs.rmSync(dir, { recursive: true, force: true });
  });

  const admin = async <T>(work: (admin: kafkajs.Admin) => Promise<T>): Promise<T> => {
    const connection = new kafkajs.Kafka({ brokers: [...cluster.brokers], logLevel: kafkajs.logLevel.NOTHING }).admin();
    await connection.connect();
    try {
      return await work(connection);
    } finally {
      await connection.disconnect();
    }
  };

  it('keeps its data and its port over a kill -9', async () => {
    await admin((a) => a.createTopics({ topics: [{ topic: 'kept', numPartitions: 2 }] }));
    const node = cluster.nodes[0]!;
    const before = node.pid;
    await node.stop('SIGKILL');
    await node.start();
    expect(node.pid).not.toBe(before);
    // The port is open a moment before topics are loaded.
    await expect.poll(() => admin((a) => a.listTopics()).catch(() => []), { timeout: 15_000 }).toContain('kept');
  });

  it('is in a process group of its own, so that Ctrl-C is its host’s alone', () => {
    const { pid } = cluster.nodes[0]!;
    expect(Number(spawnSync('ps', ['-o', 'pgid=', '-p', String(pid)], { encoding: 'utf8' }).stdout)).toBe(pid);
  });

  it('takes settings of the caller', async () => {
    const { resources } = await admin((a) =>
      a.describeConfigs({
        includeSynonyms: false,
        resources: [{ type: kafkajs.ConfigResourceTypes.BROKER, name: '1', configNames: ['message.max.bytes'] }],
      }),
    );
    expect(resources[0]?.configEntries[0]?.configValue).toBe('54321');
  });
});
