import { expect, it } from 'vitest';
import { exportSpans } from './export.js';
import { startSpan } from './span.js';

const parent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

it('is nothing where nobody traces', () => {
  const span = startSpan('POST /orders', 'server', parent);
  expect(span.traceparent).toBeUndefined();
  span.end({ any: 1 }, 'failed');
});

it('follows from its parent, and loses spans and nothing else where the receiver is away', async () => {
  const said: string[] = [];
  const options = { endpoint: 'http://127.0.0.1:1', service: 'a', instance: 'b', log: (message: string) => void said.push(message) };
  const [first, second] = [await exportSpans(options), await exportSpans(options)];
  const span = startSpan('POST /orders', 'server', parent);
  expect(span.traceparent).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-(?!b7ad6b7169203331)[0-9a-f]{16}-01$/);
  expect(startSpan('later', 'client', 'no traceparent').traceparent).toMatch(/^00-(?!0af7651916cd43dd)[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  span.end();
  await first();
  expect(startSpan('another user is left', 'client', parent).traceparent).toBeDefined();
  await second();
  expect(said.join()).toMatch(/ECONNREFUSED/);
  expect(startSpan('nobody is left', 'client', parent).traceparent).toBeUndefined();
});
