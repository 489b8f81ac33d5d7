import type { KafkaMessage } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { toMessage, toNews } from './cloud-event.js';
import { unread } from './dead-letter.js';

const news = {
  id: 'a:1',
  stream: 'order:1',
  version: 1,
  type: 'OrderPlaced',
  lane: 'standard',
  at: '2026-01-01T00:00:00.000Z',
  data: {},
} as const;
const { headers, value } = toMessage(news);
const record = (more: Record<string, string>) => ({ value: Buffer.from(value), headers: { ...headers, ...more } });

describe('a record that somebody else has written', () => {
  it('is read if it says what ours say', () => {
    expect(toNews(record({}))).toEqual(news);
    expect(toNews(record({ ce_streamversion: '2147483647' }))).toMatchObject({ version: 2_147_483_647 });
  });

  // Each of these would fail in the database at each try, with all that came in its batch.
  it.each([
    ['ce_subject', 'order:\0'],
    ['ce_subject', 'order: 1'],
    ['ce_subject', `order:${'1'.repeat(300)}`],
    ['ce_streamversion', '2147483648'],
    ['ce_streamversion', '1e300'],
    ['ce_streamversion', '0'],
    ['ce_streamversion', '1.5'],
    ['ce_lane', 'fast'],
  ])('is told for unreadable by its %s %j', (name, text) => {
    expect(() => toNews(record({ [name]: text }))).toThrow(/^.+ is no (name of a stream|version of a stream|lane)$/);
  });
});

describe('an unreadable record', () => {
  const dead = (given: object): ReturnType<typeof unread> =>
    unread({ key: null, value: null, offset: '7', timestamp: '1767225600000', headers: {}, ...given } as unknown as KafkaMessage);

  it('is filed with nothing in it that a database refuses', () => {
    const bytes = Buffer.from([0, 0, 0, 0, 7, 65]);
    expect(
      dead({ key: bytes, headers: { ce_type: 'a\0b', 'dead-letter-cause': 'Unexpected token \0', 'dead-letter-topic': '\0' } }),
    ).toEqual({
      group: 'unknown',
      topic: '\ufffd',
      partition: 0,
      offset: '7',
      key: '\ufffd\ufffd\ufffd\ufffd\u0007A',
      type: 'a\ufffdb',
      cause: 'Unexpected token \ufffd',
      at: '2026-01-01T00:00:00.000Z',
    });
  });

  it.each([
    ['now', '1767225600000'],
    ['-1', '1767225600000'],
    ['8640000000000000', '1767225600000'],
  ])('has the broker’s time where its own is none: %s', (own, timestamp) => {
    expect(dead({ timestamp, headers: { 'dead-letter-timestamp': own } }).at).toBe('2026-01-01T00:00:00.000Z');
  });
});
