import fs from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { startKafka, whyNoKafka, type KafkaCluster } from '#tools/kafka';
import { someNews } from './contract.js';
import { KafkaBus } from './kafka.js';
import { ensureTopics } from './kafka/topics.js';

const soon = { timeout: 40_000, interval: 50 };

describe.skipIf(whyNoKafka())('the bus on a broker that has no coordinator for groups yet', () => {
  let cluster: KafkaCluster;
  afterAll(async () => {
    await cluster?.stop('SIGKILL');
    if (cluster) fs.rmSync(cluster.dir, { recursive: true, force: true });
  });

  it('tries again until there is one', { timeout: 90_000 }, async () => {
    // One broker of the three it wants for the coordinators' topic: there is none, for as long as we like.
    cluster = await startKafka({ extra: { 'offsets.topic.replication.factor': 3 } });
    const topic = 'fresh';
    await ensureTopics({ brokers: cluster.brokers }, [{ name: topic, partitions: 2 }]);
    const fatal: string[] = [];
    let crashes = 0;
    const bus = new KafkaBus({
      brokers: cluster.brokers,
      clientId: 'spec',
      onFatal: (error) => void fatal.push(error.message),
      log: (_, message) => void (message.includes('Crash: KafkaJSGroupCoordinatorNotFound') && (crashes += 1)),
    });
    const seen = new Set<string>();
    bus.subscribe('group', topic, async (batch) => batch.forEach(({ id }) => seen.add(id)));
    // The second shows that it came back after the first.
    await expect.poll(() => crashes, soon).toBeGreaterThan(1);

    await cluster.stop('SIGKILL');
    cluster = await startKafka({ dir: cluster.dir });
    const news = someNews(3);
    await expect
      .poll(
        () =>
          bus.publish(topic, news).then(
            () => true,
            () => false,
          ),
        soon,
      )
      .toBe(true);
    await expect.poll(() => news.filter(({ id }) => !seen.has(id)).length, soon).toBe(0);
    await bus.close();
    expect(fatal).toEqual([]);
  });
});
