import type { IHeaders, Message } from 'kafkajs';
import { lanes, type Lane, type News } from '../bus.js';

/** CloudEvents 1.0 in Kafka's binary mode: attributes are headers, the value is the public fact as JSON, the key is the stream. */
export const toMessage = (news: News): Message & { key: string; value: string } => ({
  key: news.stream,
  value: JSON.stringify(news.data ?? null),
  headers: {
    ce_specversion: '1.0',
    ce_id: news.id,
    ce_type: news.type,
    ce_source: 'backroom',
    ce_subject: news.stream,
    ce_time: news.at,
    ce_streamversion: String(news.version),
    ce_lane: news.lane,
    'content-type': 'application/json',
    // kafkajs throws a TypeError at a header that is undefined.
    ...(news.correlation === undefined ? {} : { ce_correlationid: news.correlation }),
    ...(news.traceparent === undefined ? {} : { traceparent: news.traceparent }),
  },
});

/** PostgreSQL's `int`. */
const mostVersions = 2 ** 31 - 1;

const isLane = (lane: string): lane is Lane => (lanes as readonly string[]).includes(lane);

/** @throws an error that says in a sentence why this record can never be read. */
export const toNews = ({ value, headers = {} }: { readonly value: Buffer | null; readonly headers?: IHeaders | undefined }): News => {
  const optional = (name: string): string | undefined => headers[name]?.toString();
  const header = (name: string): string => {
    const text = optional(name);
    if (!text) throw new Error(`the header ${name} is missing`);
    return text;
  };
  // Anybody may write to a topic. What a database cannot keep would be tried there for ever, and all behind it would wait.
  const stream = header('ce_subject');
  if (!/^[\x21-\x7e]{1,255}$/.test(stream)) throw new Error('its ce_subject is no name of a stream');
  const version = Number(header('ce_streamversion'));
  if (!Number.isInteger(version) || version < 1 || version > mostVersions) throw new Error(`${version} is no version of a stream`);
  const lane = header('ce_lane');
  if (!isLane(lane)) throw new Error(`${lane} is no lane`);
  const correlation = optional('ce_correlationid');
  const traceparent = optional('traceparent');
  return {
    id: header('ce_id'),
    stream,
    version,
    type: header('ce_type'),
    lane,
    at: header('ce_time'),
    data: JSON.parse((value ?? Buffer.from('null')).toString()) as unknown,
    ...(correlation === undefined ? {} : { correlation }),
    ...(traceparent === undefined ? {} : { traceparent }),
  };
};
