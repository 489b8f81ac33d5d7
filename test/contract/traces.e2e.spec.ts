import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { startHost, type TestHost } from '../setup/host.js';
import { anOrder, place, reached } from './orders.js';

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly attributes: { key: string; value: { stringValue?: string; intValue?: number } }[];
}

/** An OTLP receiver, as a collector has one: takes JSON at /v1/traces. */
async function startCollector() {
  const spans: Span[] = [];
  const bodies: string[] = [];
  const server = http.createServer(async (request, response) => {
    const body = (await json(request)) as { resourceSpans: { scopeSpans: { spans: Span[] }[] }[] };
    if (request.url === '/v1/traces') {
      bodies.push(JSON.stringify(body));
      spans.push(...body.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)));
    }
    response.setHeader('content-type', 'application/json').end('{}');
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, spans, bodies, stop: () => server.close() };
}

let collector: Awaited<ReturnType<typeof startCollector>>;
let host: TestHost;
beforeAll(async () => {
  collector = await startCollector();
  host = await startHost({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
});
afterAll(async () => {
  await host?.stop();
  collector.stop();
});

it('is one trace from the caller’s over POST and broker to the mail, and tells of nobody', async () => {
  const [traceId, callers] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'];
  const { body: placed } = await host
    .http()
    .post('/orders')
    .set('traceparent', `00-${traceId}-${callers}-01`)
    .send(anOrder({ email: 'a.canary@example.com' }))
    .expect(202);
  await reached(host, placed, 'completed');
  const mine = () => collector.spans.filter((span) => span.traceId === traceId);
  const wanted = [
    'POST /orders',
    'send orders',
    'process OrderPlaced',
    'perform authorise',
    'perform print',
    'perform capture',
    'perform ship',
  ];
  await vi.waitFor(
    () => {
      expect(mine().map(({ name }) => name)).toEqual(expect.arrayContaining(wanted));
      expect(mine().filter(({ name }) => name === 'perform mail')).toHaveLength(2);
    },
    { timeout: 30_000, interval: 100 },
  );

  const [door] = mine().filter(({ name }) => name === 'POST /orders');
  expect(door!.parentSpanId).toBe(callers);
  const known = new Set([callers, ...mine().map(({ spanId }) => spanId)]);
  expect(mine().filter(({ parentSpanId }) => !known.has(parentSpanId!))).toEqual([]);
  // Whoever handles news follows from who has sent them.
  const sends = new Set(mine().flatMap(({ name, spanId }) => (name === 'send orders' ? spanId : [])));
  expect(mine().filter(({ name, parentSpanId }) => name.startsWith('process ') && !sends.has(parentSpanId!))).toEqual([]);
  const sent = collector.bodies.join('\n');
  for (const secret of ['a.canary@example.com', '4242424242424242', placed.token]) expect(sent).not.toContain(secret);
});

it('begins a trace for whoever sends none, and leaves out probes and scrapes', async () => {
  await host.http().get('/health').expect(200);
  await host.http().get('/metrics').expect(200);
  const placed = await place(host);
  await reached(host, placed, 'completed');
  await vi.waitFor(() => expect(collector.spans.filter(({ name }) => name === 'POST /orders')).toHaveLength(2), { timeout: 10_000 });
  expect(collector.spans.filter(({ name }) => /health|metrics/.test(name))).toEqual([]);
});
