import { EmbeddedBus } from '#libs/bus';
import { makeAsyncApi } from '#libs/contract';
import { postgresEventStore, type Database, type NewEvent } from '#libs/store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fulfilOrder } from '../apps/fulfilment/fulfil-order.js';
import { notifyCustomer } from '../apps/notifications/notify-customer.js';
import { writeToAccount } from '../apps/notifications/write-to-account.js';
import { callBack } from '../apps/notifications/webhooks/call-back.js';
import { keepMerchant } from '../apps/payments/keep-merchant.js';
import { payOrder } from '../apps/payments/pay-order.js';
import { hurryPhotos } from '../apps/thumbnails/hurry-photos.js';
import { renderPhoto } from '../apps/thumbnails/render-photo.js';
import { toNews } from '../libs/bus/kafka/cloud-event.js';
import { ConsumerRunner } from '../libs/work/run-consumer.js';
import { openDatabase } from './setup/database.js';

interface Sample {
  readonly headers: Record<string, string>;
  readonly payload: unknown;
}

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => void ({ db, close } = await openDatabase()));
afterAll(() => close());

const { messages } = makeAsyncApi().components as { messages: Record<string, { examples: [Sample] }> };
const samples = Object.entries(messages).map(([type, { examples }]) => ({ type, ...examples[0] }));
const at = '2026-11-24T12:00:00.000Z';
const desk = { claim: crypto.randomUUID(), leaseMs: 10_000, room: () => 0, take: () => {} };
const consumers = [fulfilOrder, payOrder, notifyCustomer, callBack, renderPhoto, hurryPhotos, keepMerchant, writeToAccount];

/** A message of Kafka as a stranger would make it from asyncapi.json, told of this stream at this version. */
const messageOf = ({ headers, payload }: Sample, stream: string, version: number) => ({
  value: Buffer.from(JSON.stringify(payload)),
  headers: { ...headers, ce_subject: stream, ce_id: `${stream}/${version}`, ce_streamversion: String(version) },
});

/** A stream that ends with the sample, as it would have to begin. */
async function streamOf({ type, headers, payload }: Sample & { type: string }): Promise<{ stream: string; version: number }> {
  const kind = headers.ce_subject!.split(':')[0]!;
  const stream = `${kind}:${crypto.randomUUID()}`;
  const beginning = { order: 'OrderPlaced', photo: 'PhotoUploaded', account: 'AccountOpened' }[kind]!;
  const first: NewEvent[] = type === beginning ? [] : [{ type: beginning, data: messages[beginning]!.examples[0].payload as object }];
  const events = [...first, { type, data: payload as object }];
  await db.transaction((tx) => postgresEventStore.append(tx, [{ stream, expected: 0, at, meta: { lane: 'standard' }, events }]));
  return { stream, version: events.length };
}

describe.each(consumers.map((consumer) => ({ consumer, name: consumer.name })))('$name', ({ consumer }) => {
  const own = samples.filter(
    ({ headers }) => headers.ce_subject!.startsWith(`${consumer.about.kind}:`) || consumer.about.topic === 'webhooks',
  );

  it('knows samples of its topic', () => expect(own.length).toBeGreaterThan(0));

  it.each(own)('handles the sample $type of asyncapi.json', async (sample) => {
    const problems: unknown[] = [];
    const log = (level: string, message: string, details?: object): void =>
      void (level !== 'info' && problems.push({ message, ...details }));
    const runner = new ConsumerRunner(consumer, { db, store: postgresEventStore, bus: new EmbeddedBus(), desk, appended: () => {}, log });
    const { stream, version } = await streamOf(sample);
    await runner.hear([toNews(messageOf(sample, stream, version))]);
    expect(problems).toEqual([]);
    const [mark] = await db.run<{ version: number; error: string | null }>(
      'test-mark',
      'SELECT version, error FROM bookmarks WHERE consumer = $1 AND stream = $2',
      [consumer.name, stream],
    );
    // It looks at those that it is told of; the others are nothing to it.
    if ((consumer.on as readonly string[]).includes(sample.type)) expect(mark).toMatchObject({ error: null, version: expect.any(Number) });
    else expect(mark).toBeUndefined();
  });
});
