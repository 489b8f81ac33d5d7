import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Bus, News } from './bus.js';

export interface BusUnderTest {
  readonly bus: Bus;
  /** A topic that no other test uses. */
  topic(): Promise<string>;
  close(): Promise<void>;
}

let streams = 0;

/** News of one new stream each, or of the streams given, version after version. */
export const someNews = (count: number, streamOf: (i: number) => string = () => `order-${++streams}`): News[] => {
  const versions = new Map<string, number>();
  return Array.from({ length: count }, (_, i) => {
    const stream = streamOf(i);
    const version = (versions.get(stream) ?? 0) + 1;
    versions.set(stream, version);
    const at = new Date().toISOString();
    return { id: `${stream}/${version}`, stream, version, type: 'OrderPlaced', lane: 'standard', at, data: { total: i, note: 'größer' } };
  });
};

const ids = (news: readonly News[]): string[] => news.map((one) => one.id);
const sorted = (all: Iterable<string>): string[] => [...all].sort();

/** A door that handlers wait at. */
const door = () => {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
};

/** What every adapter of the port keeps, in words of the port only. Each test has a topic of its own. */
export const busContract = (name: string, make: () => Promise<BusUnderTest>): void => {
  describe(name, () => {
    let under: BusUnderTest;
    let bus: Bus;
    beforeAll(async () => {
      under = await make();
      bus = under.bus;
    });
    afterAll(() => under?.close());

    const soon = { timeout: 20_000, interval: 20 };

    it('hands over what was published, whole, in batches of at most 500', async () => {
      const topic = await under.topic();
      const seen: News[] = [];
      const sizes: number[] = [];
      const subscription = bus.subscribe('group', topic, async (batch) => {
        sizes.push(batch.length);
        seen.push(...batch);
      });
      const [first, ...rest] = someNews(1300);
      const published = [
        { ...first!, correlation: 'c-1', traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
        ...rest,
      ];
      await bus.publish(topic, published);
      await expect.poll(() => new Set(ids(seen)).size, soon).toBe(1300);
      expect(new Map(seen.map((one) => [one.id, one]))).toEqual(new Map(published.map((one) => [one.id, one])));
      expect(Math.max(...sizes)).toBeLessThanOrEqual(500);
      await subscription.close();
    });

    it('has one batch away at a time, and the next holds what arrived meanwhile', async () => {
      const topic = await under.topic();
      const held = door();
      const sizes: number[] = [];
      let away = 0;
      let most = 0;
      const subscription = bus.subscribe('group', topic, async (batch) => {
        most = Math.max(most, ++away);
        sizes.push(batch.length);
        await held.opened;
        await nextTurn();
        away--;
      });
      const publishing = [bus.publish(topic, someNews(1))];
      await expect.poll(() => sizes.length, soon).toBe(1);
      for (let i = 0; i < 60; i++) publishing.push(bus.publish(topic, someNews(5)));
      // A bus with a log has it all by now; an embedded one has it in its queue.
      await expect.poll(async () => (await bus.lag('group', topic)).messages, soon).toBe(301);
      held.open();
      await Promise.all(publishing);
      await expect.poll(() => sizes.reduce((sum, size) => sum + size, 0), soon).toBe(301);
      expect(most).toBe(1);
      expect(sizes.length).toBeLessThanOrEqual(6);
      await subscription.close();
    });

    it('brings a rejected batch again, whole, and loses no other', async () => {
      const topic = await under.topic();
      const tries: string[][] = [];
      const handled = new Set<string>();
      let rejections = 3;
      const subscription = bus.subscribe('group', topic, async (batch) => {
        tries.push(ids(batch));
        // Also the kinds of error that stop kafkajs for good.
        if (rejections-- > 0) throw new TypeError('not yet');
        for (const id of ids(batch)) handled.add(id);
      });
      const news = someNews(700);
      await bus.publish(topic, news);
      await expect.poll(() => handled.size, soon).toBe(700);
      expect(sorted(handled)).toEqual(sorted(ids(news)));
      expect(tries[1]).toEqual(expect.arrayContaining(tries[0]!));
      expect(tries[3]).toEqual(expect.arrayContaining(tries[0]!));
      await subscription.close();
    });

    it('gives every group all of it', async () => {
      const topic = await under.topic();
      const seen = { one: new Set<string>(), other: new Set<string>() };
      const subscriptions = (['one', 'other'] as const).map((group) =>
        bus.subscribe(group, topic, async (batch) => ids(batch).forEach((id) => seen[group].add(id))),
      );
      const news = someNews(50);
      await bus.publish(topic, news);
      await expect.poll(() => sorted(seen.one), soon).toEqual(sorted(ids(news)));
      await expect.poll(() => sorted(seen.other), soon).toEqual(sorted(ids(news)));
      await Promise.all(subscriptions.map((subscription) => subscription.close()));
    });

    it('shares among the members of a group, and who stays takes over from who leaves', async () => {
      const topic = await under.topic();
      const seen = [new Set<string>(), new Set<string>()];
      const members = seen.map((mine) =>
        bus.subscribe('group', topic, async (batch) => {
          await nextTurn();
          for (const id of ids(batch)) mine.add(id);
        }),
      );
      const published: News[] = [];
      const publishing: Promise<void>[] = [];
      const publish = async (count: number): Promise<void> => {
        const news = someNews(count);
        published.push(...news);
        const sent = bus.publish(topic, news);
        publishing.push(sent);
        await Promise.race([sent, nextTurn()]);
      };
      // Until both take part; a broker needs a moment to share anew.
      await expect
        .poll(async () => {
          // The second comes while whoever took the first is busy.
          await Promise.all([publish(20), publish(20)]);
          return seen.every((mine) => mine.size > 0);
        }, soon)
        .toBe(true);
      await members[0]!.close();
      const left = seen[0]!.size;
      await publish(200);
      await Promise.all(publishing);
      await expect.poll(() => new Set(seen.flatMap((mine) => [...mine])).size, soon).toBe(published.length);
      expect(seen[0]!.size).toBe(left);
      await members[1]!.close();
    });

    it('keeps the order of a stream as published', async () => {
      const topic = await under.topic();
      const order = new Map<string, number[]>();
      const subscription = bus.subscribe('group', topic, async (batch) => {
        for (const { stream, version } of batch) order.set(stream, [...(order.get(stream) ?? []), version]);
      });
      const news = someNews(600, (i) => `stream-${i % 7}`);
      for (let i = 0; i < news.length; i += 100) await bus.publish(topic, news.slice(i, i + 100));
      await expect.poll(() => [...order.values()].flat().length, soon).toBeGreaterThanOrEqual(600);
      for (const versions of order.values()) expect([...new Set(versions)]).toEqual([...new Set(versions)].sort((a, b) => a - b));
      await subscription.close();
    });

    it('tails only what is new, and a tail that throws harms nobody', async () => {
      const topic = await under.topic();
      await bus.publish(
        topic,
        someNews(10, () => 'before'),
      );
      const seen: string[] = [];
      const broken = bus.tail(topic, () => {
        throw new RangeError('a broken tail');
      });
      const tail = bus.tail(topic, (one) => seen.push(one.stream));
      // From when it has joined, which nobody is told: so until it hears.
      await expect
        .poll(async () => {
          await bus.publish(
            topic,
            someNews(1, () => 'probe'),
          );
          return seen.includes('probe');
        }, soon)
        .toBe(true);
      await bus.publish(
        topic,
        someNews(20, () => 'now'),
      );
      await expect.poll(() => seen.filter((stream) => stream === 'now').length, soon).toBe(20);
      expect(seen).not.toContain('before');
      await Promise.all([tail.close(), broken.close()]);
    });

    it('counts what a group has still to handle, and how old that is', async () => {
      const topic = await under.topic();
      const held = door();
      const subscription = bus.subscribe('group', topic, () => held.opened);
      const publishing = bus.publish(topic, someNews(5));
      await expect.poll(async () => (await bus.lag('group', topic)).messages, soon).toBe(5);
      await expect.poll(async () => (await bus.lag('group', topic)).oldestSeconds, soon).toBeGreaterThan(1.2);
      expect((await bus.lag('group', topic)).oldestSeconds).toBeLessThan(20);
      held.open();
      await publishing;
      await expect.poll(() => bus.lag('group', topic), soon).toEqual({ messages: 0, oldestSeconds: 0 });
      await subscription.close();
    });

    it('waits at close for the batch in hand, which is then handled for good', async () => {
      const topic = await under.topic();
      const held = door();
      const first: string[] = [];
      const leaving = bus.subscribe('group', topic, async (batch) => {
        first.push(...ids(batch));
        await held.opened;
      });
      const old = someNews(3);
      const publishing = [bus.publish(topic, old)];
      await expect.poll(() => first.length, soon).toBeGreaterThan(0);
      let closed = false;
      const closing = leaving.close().then(() => (closed = true));
      publishing.push(bus.publish(topic, someNews(4)));
      await nextTurn();
      expect(closed).toBe(false);
      const inHand = [...first];
      held.open();
      await closing;
      expect(first).toEqual(inHand);
      const second: string[] = [];
      const staying = bus.subscribe('group', topic, async (batch) => void second.push(...ids(batch)));
      await Promise.all(publishing);
      await expect.poll(() => new Set([...first, ...second]).size, soon).toBe(7);
      expect(second.filter((id) => inHand.includes(id))).toEqual([]);
      await staying.close();
    });

    it('closes while a batch is being refused, and leaves it to the next member', async () => {
      const topic = await under.topic();
      let refused = 0;
      const refusing = bus.subscribe('group', topic, async () => {
        refused++;
        throw new Error('never');
      });
      const news = someNews(3);
      const publishing = bus.publish(topic, news);
      await expect.poll(() => refused, soon).toBeGreaterThan(1);
      await refusing.close();
      const count = refused;
      const seen = new Set<string>();
      const next = bus.subscribe('group', topic, async (batch) => ids(batch).forEach((id) => seen.add(id)));
      await publishing;
      await expect.poll(() => sorted(seen), soon).toEqual(sorted(ids(news)));
      expect(refused).toBe(count);
      await next.close();
    });

    it('publishes to nobody', async () => {
      await bus.publish(await under.topic(), someNews(3));
    });

    it('answers a ping, and not one that is given up already', async () => {
      await bus.ping(AbortSignal.timeout(5000));
      await expect(bus.ping(AbortSignal.abort(new Error('given up')))).rejects.toThrow('given up');
    });
  });
};
