import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import kafkajs from 'kafkajs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startKafka, whyNoKafka, type KafkaCluster } from '#tools/kafka';
import { PublishRefused, type News } from './bus.js';
import { busContract, someNews } from './contract.js';
import { KafkaBus, type KafkaBusOptions } from './kafka.js';
import { toMessage } from './kafka/cloud-event.js';
import { deadLetterTopic } from './kafka/dead-letter.js';
import { DisposableProducer } from './kafka/producer.js';
import { ensureTopics } from './kafka/topics.js';

// The brokers of the run, or a broker of our own where this spec runs alone.
const given = (inject as (key: string) => string | readonly string[] | undefined)('kafkaBrokers') ?? process.env['KAFKA_BROKERS'];
const shared = typeof given === 'string' ? given.split(',') : given;
const soon = { timeout: 20_000, interval: 20 };

describe.skipIf(!shared?.length && whyNoKafka())('Kafka', () => {
  let own: KafkaCluster | undefined;
  let brokers: readonly string[];
  beforeAll(async () => {
    if (!shared?.length) own = await startKafka();
    brokers = shared?.length ? shared : own!.brokers;
  });
  afterAll(async () => {
    await own?.stop('SIGKILL');
    if (own) fs.rmSync(own.dir, { recursive: true, force: true });
  });

  const fatal = (error: Error): void => {
    throw error;
  };
  const busOf = (more: Partial<KafkaBusOptions> = {}): KafkaBus =>
    new KafkaBus({ brokers, clientId: 'spec', onFatal: fatal, backoff: { firstMs: 20, maxMs: 200 }, ...more });
  const newTopic = async (partitions = 3): Promise<string> => {
    const name = `spec-${randomUUID()}`;
    await ensureTopics({ brokers }, [{ name, partitions }]);
    return name;
  };
  const client = (): kafkajs.Kafka => new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING });
  const partitionsOf = async (topic: string): Promise<number | undefined> => {
    const admin = client().admin();
    await admin.connect();
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    await admin.disconnect();
    return topics[0]?.partitions.length;
  };

  busContract('the bus over Kafka', async () => {
    const bus = busOf();
    return { bus, topic: newTopic, close: () => bus.close() };
  });

  describe('what only a broker can do', () => {
    let bus: KafkaBus;
    beforeAll(() => {
      bus = busOf({ metadataMaxAgeMs: 300 });
    });
    afterAll(() => bus.close());

    it('keeps news for a group that comes later, in another process', async () => {
      const topic = await newTopic();
      const news = someNews(20);
      await bus.publish(topic, news);
      expect(await bus.lag('late', topic)).toMatchObject({ messages: 20 });
      const other = busOf();
      const seen = new Set<string>();
      other.subscribe('late', topic, async (batch) => batch.forEach(({ id }) => seen.add(id)));
      await expect.poll(() => seen.size, soon).toBe(20);
      await other.close();
      // Committed, not only handled.
      expect(await bus.lag('late', topic)).toEqual({ messages: 0, oldestSeconds: 0 });
    });

    it('writes CloudEvents in binary mode', async () => {
      const topic = await newTopic(1);
      const news: News = { ...someNews(1)[0]!, lane: 'express', correlation: 'c-7', traceparent: '00-trace' };
      await bus.publish(topic, [news]);
      const consumer = client().consumer({ groupId: `stranger-${randomUUID()}`, maxWaitTimeInMs: 100 });
      await consumer.connect();
      await consumer.subscribe({ topic, fromBeginning: true });
      const message = await new Promise<kafkajs.KafkaMessage>((resolve, reject) => {
        consumer.run({ eachMessage: async (record) => resolve(record.message) }).catch(reject);
      });
      await consumer.disconnect();
      expect(message.key?.toString()).toBe(news.stream);
      expect(JSON.parse(message.value!.toString())).toEqual(news.data);
      expect(Object.fromEntries(Object.entries(message.headers!).map(([name, value]) => [name, value?.toString()]))).toEqual({
        ce_specversion: '1.0',
        ce_id: news.id,
        ce_type: 'OrderPlaced',
        ce_source: 'backroom',
        ce_subject: news.stream,
        ce_time: news.at,
        ce_streamversion: '1',
        ce_lane: 'express',
        ce_correlationid: 'c-7',
        traceparent: '00-trace',
        'content-type': 'application/json',
      });
    });

    it('names the news that the broker will never take, and takes the others', async () => {
      const topic = await newTopic();
      const news = someNews(30);
      // Does not compress, is above 1 MiB, and once more one that JSON has no words for.
      news[7] = { ...news[7]!, data: 'x'.repeat(1_300_000) };
      news[19] = { ...news[19]!, data: 10n };
      const error = await bus.publish(topic, news).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(PublishRefused);
      expect((error as PublishRefused).message).toContain('MESSAGE_TOO_LARGE');
      expect((error as PublishRefused).news.map(({ id }) => id).sort()).toEqual([news[7]!.id, news[19]!.id].sort());
      expect((await bus.lag('anybody', topic)).messages).toBe(28);
    });

    it('takes many that are too large together', async () => {
      const topic = await newTopic(1);
      const news = someNews(40).map((one) => ({ ...one, data: 'x'.repeat(100_000) }));
      await bus.publish(topic, news);
      expect((await bus.lag('anybody', topic)).messages).toBe(40);
    });

    it('moves a record that nobody can read out of the way, as it is, with the cause', async () => {
      const topic = await newTopic(1);
      const producer = client().producer();
      await producer.connect();
      const key = randomUUID();
      await producer.send({ topic, messages: [{ key, value: '{"no":"envelope"}', headers: { mine: 'kept' } }] });
      const news = someNews(2);
      await bus.publish(topic, news);
      const letters: kafkajs.KafkaMessage[] = [];
      const consumer = client().consumer({ groupId: `letters-${randomUUID()}`, maxWaitTimeInMs: 100 });
      await consumer.connect();
      await consumer.subscribe({ topic: deadLetterTopic, fromBeginning: true });
      await consumer.run({ eachMessage: async ({ message }) => void letters.push(message) });
      const seen: string[] = [];
      const subscription = bus.subscribe('group', topic, async (batch) => void seen.push(...batch.map(({ id }) => id)));
      await expect.poll(() => seen, soon).toEqual(news.map(({ id }) => id));
      const letter = (): kafkajs.KafkaMessage | undefined => letters.find((one) => one.key?.toString() === key);
      await expect.poll(letter, soon).toBeDefined();
      expect(letter()!.value!.toString()).toBe('{"no":"envelope"}');
      const headers = letter()!.headers!;
      expect(headers['mine']?.toString()).toBe('kept');
      expect(headers['dead-letter-cause']?.toString()).toContain('ce_subject');
      expect(headers['dead-letter-topic']?.toString()).toBe(topic);
      expect(headers['dead-letter-offset']?.toString()).toBe('0');
      await expect.poll(() => bus.lag('group', topic), soon).toEqual({ messages: 0, oldestSeconds: 0 });
      await subscription.close();
      await Promise.all([consumer.disconnect(), producer.disconnect()]);
    });

    it('finds partitions that are added later, from their first record', async () => {
      const topic = await newTopic(1);
      const seen = new Set<string>();
      const subscription = bus.subscribe('group', topic, async (batch) => batch.forEach(({ id }) => seen.add(id)));
      const first = someNews(5);
      await bus.publish(topic, first);
      await expect.poll(() => seen.size, soon).toBe(5);
      await ensureTopics({ brokers }, [{ name: topic, partitions: 4 }]);
      // Another process that has just come up knows of them at once, before this consumer does.
      const other = busOf();
      const more = someNews(60);
      await other.publish(topic, more);
      await other.close();
      await expect.poll(() => seen.size, soon).toBe(65);
      await expect.poll(() => bus.lag('group', topic), soon).toEqual({ messages: 0, oldestSeconds: 0 });
      // And a producer from before the change goes on.
      await expect.poll(() => bus.publish(topic, someNews(40)).then(() => true), soon).toBe(true);
      await expect.poll(() => seen.size, soon).toBeGreaterThanOrEqual(105);
      await subscription.close();
    });

    it('never takes for published what kafkajs left out, not knowing the partition', async () => {
      const topic = await newTopic(1);
      const producer = new DisposableProducer({ brokers, clientId: 'spec', log: () => undefined });
      const [news] = someNews(1);
      await producer.send(topic, 0, [toMessage(news!)]);
      await ensureTopics({ brokers }, [{ name: topic, partitions: 4 }]);
      await expect(producer.send(topic, 3, [toMessage(news!)])).rejects.toThrow('no broker has answered for partition 3');
      await producer.close();
    });

    it('keeps its place in the group while a handler takes longer than the session', async () => {
      const topic = await newTopic(1);
      const calls: number[] = [];
      const subscription = bus.subscribe('group', topic, async (batch) => {
        calls.push(batch.length);
        const end = Date.now() + 8000;
        await expect.poll(() => Date.now(), { timeout: 10_000, interval: 50 }).toBeGreaterThan(end);
      });
      await bus.publish(topic, someNews(3));
      await expect.poll(() => bus.lag('group', topic), soon).toEqual({ messages: 0, oldestSeconds: 0 });
      expect(calls).toEqual([3]);
      await subscription.close();
    });

    it('says how old the oldest is, also when nobody of the group lives', async () => {
      const topic = await newTopic();
      const began = Date.now();
      await bus.publish(topic, someNews(3));
      const published = Date.now();
      await expect.poll(async () => (await bus.lag('nobody', topic)).oldestSeconds, soon).toBeGreaterThan(3);
      await bus.publish(topic, someNews(30));
      const { messages, oldestSeconds } = await bus.lag('nobody', topic);
      expect(messages).toBe(33);
      // To within an eighth or 250 ms.
      expect(oldestSeconds).toBeGreaterThan(((Date.now() - published) / 1000) * 0.85 - 0.25);
      expect(oldestSeconds).toBeLessThan(((Date.now() - began) / 1000) * 1.15 + 0.25);
      // What is handled no longer counts, nor do the partitions where nothing waits.
      const subscription = bus.subscribe('nobody', topic, async () => undefined);
      await expect.poll(() => bus.lag('nobody', topic), soon).toEqual({ messages: 0, oldestSeconds: 0 });
      await subscription.close();
      await bus.publish(topic, someNews(1));
      const young = await bus.lag('nobody', topic);
      expect(young.messages).toBe(1);
      expect(young.oldestSeconds).toBeLessThan(2);
    });

    it('makes the topics that are missing among those that exist, and never takes partitions away', async () => {
      const old = await newTopic(3);
      const fresh = `spec-${randomUUID()}`;
      const wanted = [
        { name: old, partitions: 2 },
        { name: fresh, partitions: 2 },
      ];
      await Promise.all([ensureTopics({ brokers }, wanted), ensureTopics({ brokers }, wanted)]);
      expect(await partitionsOf(old)).toBe(3);
      expect(await partitionsOf(fresh)).toBe(2);
      expect(await partitionsOf(deadLetterTopic)).toBe(1);
    });

    it('waits for a topic that is not there yet', async () => {
      const name = `spec-${randomUUID()}`;
      await expect(bus.publish(name, someNews(1))).rejects.toThrow();
      const seen: News[] = [];
      const subscription = bus.subscribe('group', name, async (batch) => void seen.push(...batch));
      await ensureTopics({ brokers }, [{ name, partitions: 1 }]);
      await bus.publish(name, someNews(1));
      await expect.poll(() => seen.length, soon).toBe(1);
      await subscription.close();
    });

    it('reports a handler that does not come back', async () => {
      const fatal: string[] = [];
      const strict = busOf({ workLimitMs: 300, onFatal: (error) => void fatal.push(error.message) });
      const topic = await newTopic(1);
      let open = (): void => undefined;
      const opened = new Promise<void>((resolve) => (open = resolve));
      strict.subscribe('group', topic, () => opened);
      await strict.publish(topic, someNews(1));
      await expect.poll(() => fatal.join(), soon).toContain('in hand for more than 300 ms');
      open();
      await strict.close();
    });

    it('reports a consumer that has crashed for good', async () => {
      const topic = await newTopic(1);
      // A member whose way of sharing nobody else knows: the broker refuses every other member for good.
      const { roundRobin } = kafkajs.PartitionAssigners;
      const odd: kafkajs.PartitionAssigner = (config) => {
        const known = roundRobin(config);
        const protocol: kafkajs.Assigner['protocol'] = (subscription) => ({ ...known.protocol(subscription), name: 'odd' });
        return { ...known, name: 'odd', protocol };
      };
      const stranger = client().consumer({ groupId: `group.${topic}`, partitionAssigners: [odd], maxWaitTimeInMs: 100 });
      await stranger.connect();
      await stranger.subscribe({ topic });
      await stranger.run({ eachMessage: async () => undefined });
      const fatal: string[] = [];
      const failing = busOf({ onFatal: (error) => void fatal.push(error.message) });
      failing.subscribe('group', topic, async () => undefined);
      await expect.poll(() => fatal.join(), soon).toContain('crashed for good');
      await failing.close();
      await stranger.disconnect();
    });
  });
});
