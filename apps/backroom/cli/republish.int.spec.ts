import { KafkaBus, ensureTopics } from '#libs/bus';
import { topics } from '#libs/platform';
import { startKafka, whyNoKafka, type KafkaCluster } from '#tools/kafka';
import kafkajs from 'kafkajs';
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { query } from '../../../test/setup/query.js';
import { startShop } from '../../../test/setup/shop.js';
import { backroom } from './run.js';

const soon = { timeout: 60_000, interval: 100 };

// A broker of its own: all that it has is deleted.
describe.skipIf(whyNoKafka())('backroom republish', () => {
  let cluster: KafkaCluster;
  let shop: Awaited<ReturnType<typeof startShop>>;
  const fatal: string[] = [];
  beforeAll(async () => {
    cluster = await startKafka();
    await ensureTopics({ brokers: cluster.brokers }, topics(3));
    const bus = new KafkaBus({
      brokers: cluster.brokers,
      clientId: 'spec',
      publishDeadlineMs: 2_000,
      onFatal: ({ message }) => void fatal.push(message),
    });
    shop = await startShop({ bus });
  });
  afterAll(async () => {
    await shop?.stop();
    await cluster?.stop('SIGKILL');
    if (cluster) rmSync(cluster.dir, { recursive: true, force: true });
  });

  async function republish(...more: string[]): Promise<{ code: number; out: string; err: string }> {
    let [out, err] = ['', ''];
    const env = { DATABASE_URL: shop.url, KAFKA_BROKERS: cluster.brokers.join(','), KAFKA_PARTITIONS: '3' };
    const code = await backroom(['republish', '--json', ...more], env as never, {
      out: (text) => void (out += text),
      err: (text) => void (err += text),
      moves: false,
      interrupted: new AbortController().signal,
    });
    return { code, out, err };
  }
  const countOf = async (type: string) =>
    (await query<{ n: number }>(shop.url, `SELECT count(*)::int AS n FROM events WHERE type = '${type}'`))[0]!.n;
  const completed = () => countOf('OrderCompleted');

  it('brings orders to their end whose topics and groups were deleted, and does nothing twice', async () => {
    const placed: string[] = [];
    const place = async (n: number): Promise<void> =>
      void placed.push(...(await Promise.all(Array.from({ length: n }, () => shop.place()))));
    const admin = new kafkajs.Kafka({ brokers: [...cluster.brokers], logLevel: kafkajs.logLevel.NOTHING }).admin();
    await admin.connect();
    // Some are through, so that the groups are far behind the beginning; some are being printed.
    await place(40);
    await vi.waitFor(async () => expect(await completed()).toBe(40), soon);
    const headers = { 'content-type': 'application/json' };
    await fetch(`${shop.world.url}/faults/printer`, { method: 'PUT', headers, body: JSON.stringify({ delayMs: 4_000 }) });
    await place(40);
    await vi.waitFor(async () => expect(await countOf('PaymentAuthorised')).toBeGreaterThan(60), soon);
    const all = async () => (await admin.listTopics()).filter((name) => !name.startsWith('__'));
    await admin.deleteTopics({ topics: await all() });
    await vi.waitFor(async () => expect(await all()).toEqual([]), soon);
    const groups = (await admin.listGroups()).groups.map(({ groupId }) => groupId);
    // Those that have members refuse; what they had committed has gone with its topics.
    await admin.deleteGroups(groups).catch(() => {});
    await admin.disconnect();
    await fetch(`${shop.world.url}/faults`, { method: 'DELETE' });
    // Of these the news were published, and are gone.
    await place(20);
    await query(shop.url, 'DELETE FROM outbox');
    expect(await completed()).toBe(40);
    const { code, out } = await republish();
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ streams: 100 });
    await vi.waitFor(async () => expect(await completed()).toBe(100), soon);

    for (const stream of placed) {
      const booked = (
        await Promise.all((['gateway', 'printer', 'carrier'] as const).map((service) => shop.ledger(service, stream)))
      ).flat();
      expect(booked.map(({ operation, outcome }) => `${operation} ${outcome}`)).toEqual([
        'authorise ok',
        'capture ok',
        'print ok',
        'ship ok',
      ]);
    }
    expect(fatal).toEqual([]);
  });

  it('tells of one stream, or of what has happened since', async () => {
    const stream = await shop.place();
    await vi.waitFor(async () => expect((await shop.history(stream)).at(-1)?.type).toBe('OrderCompleted'), soon);
    const history = await shop.history(stream);
    expect(JSON.parse((await republish('--stream', stream)).out)).toEqual({ streams: 1, news: history.length });
    expect(JSON.parse((await republish('--since', history[2]!.at, '--stream', stream)).out)).toEqual({
      streams: 1,
      news: history.filter(({ at }) => at >= history[2]!.at).length,
    });
    expect(await republish('--since', 'yesterday')).toMatchObject({ code: 2, err: expect.stringMatching(/^--since must be a time like /) });
    expect(await republish('--stream', crypto.randomUUID())).toMatchObject({
      code: 1,
      err: expect.stringContaining('there is nothing to tell.'),
    });
  });
});
