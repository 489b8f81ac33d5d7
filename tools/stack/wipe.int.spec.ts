import { ensureTopics, KafkaBus, topicOf, type News } from '#libs/bus';
import { topics } from '#libs/platform';
import { startKafka, whyNoKafka, type KafkaCluster } from '#tools/kafka';
import kafkajs from 'kafkajs';
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { freshDatabase } from '../../test/setup/database.js';
import { leftWithinMs, wipeKafka } from './wipe.js';

const soon = { timeout: 30_000, interval: 50 };
const topic = topicOf('orders', 'standard');

// A broker of its own: all that it has is deleted.
describe.skipIf(whyNoKafka())('Kafka, wiped', () => {
  let cluster: KafkaCluster;
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  let bus: KafkaBus;
  const fatal: Error[] = [];
  beforeAll(async () => {
    [cluster, database] = await Promise.all([startKafka(), freshDatabase()]);
    await ensureTopics({ brokers: cluster.brokers }, topics());
    bus = new KafkaBus({ brokers: cluster.brokers, clientId: 'spec', onFatal: (error) => fatal.push(error) });
  });
  afterAll(async () => {
    await bus?.close();
    await cluster?.stop('SIGKILL');
    await database?.drop();
    if (cluster) rmSync(cluster.dir, { recursive: true, force: true });
  });

  const ofVersion = (version: number): News[] =>
    Array.from({ length: 30 }, (_, n) => ({
      id: `order:${n}/${version}`,
      stream: `order:${n}`,
      version,
      type: 'OrderPlaced',
      lane: 'standard',
      at: new Date().toISOString(),
      data: {},
    }));

  it('has what is told afterwards heard from its first word by who was at a batch of what is gone', async () => {
    const heard = new Set<string>();
    let letGo = (): void => {};
    const held = new Promise<void>((go) => (letGo = go));
    let inHand = 0;
    bus.subscribe('spec', topic, async (news) => {
      inHand += news.length;
      await held;
      for (const { id } of news) heard.add(id);
    });
    await bus.publish(topic, ofVersion(1));
    await vi.waitUntil(() => inHand > 0, soon);

    let told = false;
    const telling = wipeKafka({ databaseUrl: database.url, brokers: cluster.brokers })
      .then(() => bus.publish(topic, ofVersion(2)))
      .then(() => (told = true));
    // Long enough for all of it, if nobody was waited for.
    await vi.waitUntil(() => told, { timeout: 5_000 }).catch(() => {});
    letGo();
    await telling;
    await vi.waitFor(() => expect(ofVersion(2).filter(({ id }) => !heard.has(id))).toEqual([]), soon);
    expect(fatal).toEqual([]);
  });

  it('has topics as large as they were, and waits for nobody who hears others', async () => {
    const kafka = new kafkajs.Kafka({ brokers: [...cluster.brokers], logLevel: kafkajs.logLevel.NOTHING });
    const [admin, stranger] = [kafka.admin(), kafka.consumer({ groupId: 'stranger' })];
    await Promise.all([admin.connect(), stranger.connect()]);
    try {
      const grown = { name: topic, partitions: 8 };
      await ensureTopics({ brokers: cluster.brokers }, [grown, { name: 'elsewhere', partitions: 1 }]);
      await stranger.subscribe({ topic: 'elsewhere' });
      const joined = new Promise((there) => stranger.on('consumer.group_join', there));
      await stranger.run({ eachMessage: async () => {} });
      await joined;

      const untouched = topicOf('orders', 'bulk');
      const began = performance.now();
      await wipeKafka({ databaseUrl: database.url, brokers: cluster.brokers });
      expect(performance.now() - began).toBeLessThan(leftWithinMs);
      const { topics: made } = await admin.fetchTopicMetadata({ topics: [topic, untouched] });
      expect(Object.fromEntries(made.map(({ name, partitions }) => [name, partitions.length]))).toEqual({ [topic]: 8, [untouched]: 6 });
    } finally {
      await Promise.all([admin.disconnect(), stranger.disconnect()]);
    }
  });
});
