import { accountEventSchemas, accountSamples } from '#libs/account';
import { lanes, topicOf } from '#libs/bus';
import { eventSchemas, orderSamples } from '#libs/order';
import { photoEventSchemas, photoSamples } from '#libs/photo';
import type { z } from 'zod';
import { toJsonSchema, type JsonSchema } from './json-schema.js';

const sampleId = '01939a6e-7f00-7000-8000-000000000001';
const sampleTime = '2026-11-24T12:00:00.000Z';

/** A kind of stream whose facts are told. */
interface Told {
  readonly kind: 'order' | 'photo' | 'account';
  readonly topic: string;
  readonly text: string;
  readonly schemas: Readonly<Record<string, z.ZodType>>;
  readonly samples: Readonly<Record<string, object>>;
}

const told: readonly Told[] = [
  {
    kind: 'order',
    topic: 'orders',
    text: 'Every fact of every order. One that begins with `OrderPlaced` ends with `OrderCompleted`, `OrderCancelled` or `OrderFailed`; a mail, or an erasure, may still follow.',
    schemas: eventSchemas,
    samples: orderSamples,
  },
  { kind: 'photo', topic: 'photos', text: 'Every fact of every photo.', schemas: photoEventSchemas, samples: photoSamples },
  { kind: 'account', topic: 'account', text: 'Every fact of every account.', schemas: accountEventSchemas, samples: accountSamples },
];

const about = `What the shop tells on Kafka, as CloudEvents 1.0 in binary mode: attributes are headers, the value is the fact as JSON, the key is the stream.

- At least once, and in any order: go by \`ce_subject\` and \`ce_streamversion\`, which counts from 1 without gaps within a stream.
- An order stays on the topic of its lane for life: \`orders\`, \`orders.express\`, \`orders.bulk\`. Read all three to see all orders.
- Nothing personal is told. Further types may come: pass over those that you do not know.
- Take a group of your own. \`replies\` and \`webhooks*\` carry the same messages for the shop's own use, and are no part of this.`;

/** AsyncAPI 3.0, of the schemas that facts are decided in. @param brokers where Kafka is; on the embedded bus there is none, and nothing to connect to */
export function makeAsyncApi(brokers: readonly string[] = []): JsonSchema {
  const schemas = new Map<string, JsonSchema>();
  const servers = Object.fromEntries(brokers.map((host, n) => [`kafka${n + 1}`, { host, protocol: 'kafka' }]));
  const channels = told.flatMap((one) =>
    lanes.map((lane) => [topicOf(one.topic, lane).replace('.', '_'), channelOf(one, topicOf(one.topic, lane), lane)] as const),
  );
  const messages = told.flatMap((one) => Object.keys(one.schemas).map((type) => [type, messageOf(one, type, schemas)] as const));
  return {
    asyncapi: '3.0.0',
    info: { title: 'Backroom', version: '1.0.0', description: about, license: { name: 'MIT' } },
    defaultContentType: 'application/json',
    ...(brokers.length > 0 && { servers }),
    channels: Object.fromEntries(channels),
    operations: Object.fromEntries(
      channels.map(([name, { address }]) => [
        `tell_${name}`,
        { action: 'send', channel: { $ref: `#/channels/${name}` }, summary: `The shop tells it on \`${address}\`.` },
      ]),
    ),
    components: { messages: Object.fromEntries(messages), schemas: Object.fromEntries(schemas) },
  };
}

const channelOf = ({ text, schemas }: Told, address: string, lane: string) => ({
  address,
  description: `${text} Lane: ${lane}.`,
  messages: Object.fromEntries(Object.keys(schemas).map((type) => [type, { $ref: `#/components/messages/${type}` }])),
  bindings: { kafka: { topic: address, bindingVersion: '0.5.0' } },
});

function messageOf({ kind, schemas, samples }: Told, type: string, shared: Map<string, JsonSchema>): JsonSchema {
  return {
    name: type,
    title: type,
    contentType: 'application/json',
    headers: headersOf(kind, type),
    payload: toJsonSchema(schemas[type]!, 'output', shared),
    bindings: { kafka: { key: { type: 'string', description: `The stream: \`${kind}:<id>\`.` }, bindingVersion: '0.5.0' } },
    examples: [{ name: type, headers: sampleHeaders(kind, type), payload: samples[type] }],
  };
}

/** Kafka's headers are bytes: each of these is the text of it. */
const headersOf = (kind: string, type: string): JsonSchema => ({
  type: 'object',
  properties: {
    ce_specversion: { const: '1.0' },
    ce_id: { type: 'string', description: '`<stream>/<version>`: the same however often it is told.' },
    ce_type: { const: type },
    ce_source: { const: 'backroom' },
    ce_subject: { type: 'string', pattern: `^${kind}:[0-9a-f-]{36}$`, description: 'The stream.' },
    ce_time: { type: 'string', format: 'date-time' },
    ce_streamversion: { type: 'string', pattern: '^[1-9][0-9]*$' },
    ce_lane: { enum: lanes },
    ce_correlationid: { type: 'string' },
    traceparent: { type: 'string', description: 'W3C trace context.' },
    'content-type': { const: 'application/json' },
  },
  required: ['ce_specversion', 'ce_id', 'ce_type', 'ce_source', 'ce_subject', 'ce_time', 'ce_streamversion', 'ce_lane', 'content-type'],
});

const sampleHeaders = (kind: string, type: string): Record<string, string> => ({
  ce_specversion: '1.0',
  ce_id: `${kind}:${sampleId}/1`,
  ce_type: type,
  ce_source: 'backroom',
  ce_subject: `${kind}:${sampleId}`,
  ce_time: sampleTime,
  ce_streamversion: '1',
  ce_lane: 'standard',
  'content-type': 'application/json',
});
