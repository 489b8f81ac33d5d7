import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import kafkajs from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startKafka, whyNoKafka, type KafkaCluster } from '#tools/kafka';
import type { News } from './bus.js';
import { someNews } from './contract.js';
import { KafkaBus } from './kafka.js';
import { toMessage } from './kafka/cloud-event.js';
import { ensureTopics } from './kafka/topics.js';

const topic = 'orders';
const soon = { timeout: 60_000, interval: 100 };
/** KAFKA_ONE_SEND=1 shows what the rule is for: one send() over all partitions, as kafkajs offers it, and this spec is red in most runs. */
const oneSend = process.env['KAFKA_ONE_SEND'] === '1';

describe.skipIf(whyNoKafka())('three brokers, killed one after the other', () => {
  let cluster: KafkaCluster;
  beforeAll(async () => {
    cluster = await startKafka({ nodes: 3 });
    await ensureTopics({ brokers: cluster.brokers }, [{ name: topic, partitions: 6 }]);
  });
  afterAll(async () => {
    await cluster?.stop('SIGKILL');
    if (cluster) fs.rmSync(cluster.dir, { recursive: true, force: true });
  });

  const client = (): kafkajs.Kafka => new kafkajs.Kafka({ brokers: [...cluster.brokers], logLevel: kafkajs.logLevel.NOTHING });

  const allInSync = async (): Promise<boolean> => {
    const admin = client().admin();
    try {
      await admin.connect();
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      return topics[0]!.partitions.every(({ isr, leader }) => isr.length === 3 && leader >= 0);
    } catch {
      return false;
    } finally {
      await admin.disconnect();
    }
  };

  it('lose nothing that was acknowledged, and the consumers go on', { timeout: 150_000 }, async () => {
    const fatal: string[] = [];
    const bus = new KafkaBus({ brokers: cluster.brokers, clientId: 'spec', onFatal: (error) => void fatal.push(error.message) });
    const raw = client().producer({ idempotent: true, maxInFlightRequests: 1 });
    await raw.connect();
    const publish = oneSend
      ? async (news: readonly News[]) => void (await raw.send({ topic, acks: -1, messages: news.map(toMessage) }))
      : (news: readonly News[]) => bus.publish(topic, news);

    const seen = new Map<string, number>();
    bus.subscribe('live', topic, async (batch) => batch.forEach(({ id }) => seen.set(id, (seen.get(id) ?? 0) + 1)));

    const acknowledged = new Set<string>();
    let rejections = 0;
    let longest = 0;
    let ending = false;
    const publisher = async (): Promise<void> => {
      while (!ending) {
        const news = someNews(60);
        for (let accepted = false; !accepted;) {
          const began = Date.now();
          accepted = await publish(news).then(
            () => true,
            () => false,
          );
          longest = Math.max(longest, Date.now() - began);
          if (!accepted) rejections++;
        }
        for (const { id } of news) acknowledged.add(id);
        // The load, not a wait: some 4,000 a second.
        await sleep(15);
      }
    };
    // Two at once, but one where kafkajs is shown: its idempotent producer also breaks down under two.
    const publishers = Promise.all(Array.from({ length: oneSend ? 1 : 2 }, publisher));

    for (const node of cluster.nodes) {
      await expect.poll(allInSync, soon).toBe(true);
      const before = acknowledged.size;
      await node.stop('SIGKILL');
      // The others have taken over, and the publishers have felt it.
      await expect.poll(() => acknowledged.size, soon).toBeGreaterThan(before + 2000);
      await node.start();
    }
    ending = true;
    await publishers;

    const lost = (): number => [...acknowledged].filter((id) => !seen.has(id)).length;
    try {
      await expect.poll(lost, { timeout: 20_000, interval: 200 }).toBe(0);
    } finally {
      const doubles = [...seen.values()].filter((times) => times > 1).length;
      console.log(
        `${acknowledged.size} acknowledged, ${lost()} lost, ${doubles} handled twice, ${rejections} rejected, longest ${longest} ms`,
      );
    }
    expect(fatal).toEqual([]);
    await bus.close();
    await raw.disconnect();
  });
});
