import fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startKafka, whyNoKafka, type KafkaCluster } from '#tools/kafka';
import { someNews } from './contract.js';
import { KafkaBus, type KafkaBusOptions } from './kafka.js';
import { ensureTopics } from './kafka/topics.js';

const soon = { timeout: 30_000, interval: 50 };

// A broker of its own in any case: this one is killed and frozen.
describe.skipIf(whyNoKafka())('the bus while its only broker is away', () => {
  let cluster: KafkaCluster;
  let topics = 0;
  beforeAll(async () => {
    cluster = await startKafka();
  });
  afterAll(async () => {
    await cluster?.stop('SIGKILL');
    if (cluster) fs.rmSync(cluster.dir, { recursive: true, force: true });
  });

  const fatal: string[] = [];
  const busOf = (more: Partial<KafkaBusOptions> = {}): KafkaBus =>
    new KafkaBus({ brokers: cluster.brokers, clientId: 'spec', onFatal: (error) => void fatal.push(error.message), ...more });
  const newTopic = async (): Promise<string> => {
    const name = `outage-${++topics}`;
    await ensureTopics({ brokers: cluster.brokers }, [{ name, partitions: 2 }]);
    return name;
  };
  const freeze = (): boolean => process.kill(cluster.nodes[0]!.pid!, 'SIGSTOP');
  const thaw = (): boolean => process.kill(cluster.nodes[0]!.pid!, 'SIGCONT');

  it('says so to a ping, and goes on by itself when the broker is back', async () => {
    const topic = await newTopic();
    const bus = busOf();
    const seen = new Set<string>();
    const tailed = new Set<string>();
    bus.subscribe('group', topic, async (batch) => batch.forEach(({ id }) => seen.add(id)));
    bus.tail(topic, ({ id }) => tailed.add(id));
    await expect.poll(() => bus.publish(topic, someNews(1)).then(() => tailed.size > 0 && seen.size > 0), soon).toBe(true);

    await cluster.nodes[0]!.stop('SIGKILL');
    await expect(bus.ping(AbortSignal.timeout(1000))).rejects.toThrow();
    const during = someNews(50);
    const publishing = bus.publish(topic, during);
    await cluster.nodes[0]!.start();

    // Published by this call or refused by it, never neither.
    await publishing.catch(() =>
      expect
        .poll(
          () =>
            bus.publish(topic, during).then(
              () => true,
              () => false,
            ),
          soon,
        )
        .toBe(true),
    );
    await expect
      .poll(
        () =>
          bus.ping(AbortSignal.timeout(1000)).then(
            () => true,
            () => false,
          ),
        soon,
      )
      .toBe(true);
    await expect.poll(() => during.filter(({ id }) => !seen.has(id)).length, soon).toBe(0);
    const tailedBefore = tailed.size;
    await expect.poll(() => bus.publish(topic, someNews(1)).then(() => tailed.size > tailedBefore), soon).toBe(true);
    await bus.close();
    expect(fatal).toEqual([]);
  });

  it('gives a send up at its deadline, and loses nothing of what it publishes again', async () => {
    const topic = await newTopic();
    const bus = busOf({ publishDeadlineMs: 1500 });
    await bus.publish(topic, someNews(10));
    const news = someNews(400);
    freeze();
    const began = Date.now();
    await expect(bus.publish(topic, news)).rejects.toThrow('in time');
    expect(Date.now() - began).toBeLessThan(3000);
    thaw();
    // What the frozen broker had in its socket it may well take now: other news next must not be mistaken for them.
    const others = someNews(400);
    await expect
      .poll(
        () =>
          bus.publish(topic, others).then(
            () => true,
            () => false,
          ),
        soon,
      )
      .toBe(true);
    await bus.publish(topic, news);
    const seen = new Set<string>();
    bus.subscribe('group', topic, async (batch) => batch.forEach(({ id }) => seen.add(id)));
    await expect.poll(() => [...news, ...others].filter(({ id }) => !seen.has(id)).length, soon).toBe(0);
    await bus.close();
  });

  it('takes a consumer that does nothing at all for stuck', async () => {
    const topic = await newTopic();
    const stuck: string[] = [];
    const bus = busOf({ silenceLimitMs: 1200, onFatal: (error) => void stuck.push(error.message) });
    let handled = 0;
    bus.subscribe('group', topic, async (batch) => void (handled += batch.length));
    await bus.publish(topic, someNews(3));
    await expect.poll(() => handled, soon).toBe(3);
    expect(stuck).toEqual([]);
    // Its request stays without an answer, for less time than a request may take.
    freeze();
    await expect.poll(() => stuck.join(), soon).toContain('has read nothing for 1200 ms');
    thaw();
    await bus.close();
  });
});
