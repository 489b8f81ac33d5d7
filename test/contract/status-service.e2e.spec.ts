import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { oriented } from '../setup/photos.js';
import { startHost, type TestHost } from '../setup/host.js';
import { anOrder, place, reached, rfc3339, type Placed } from './orders.js';
import { expectProblem } from './problem.js';

let host: TestHost;
let done: Placed;
beforeAll(async () => {
  host = await startHost();
  done = await place(host);
  await reached(host, done, 'completed');
});
afterAll(() => host?.stop());

const stepNames = ['photos', 'reserve', 'authorise', 'print', 'capture', 'ship'];
const road = [
  'OrderPlaced',
  'PhotosReady',
  'StockReserved',
  'PaymentAuthorised',
  'Printed',
  'PaymentCaptured',
  'HandoverStarted',
  'Shipped',
];

interface Heard {
  readonly id: string;
  readonly data: { version: number; type: string; at: string; data: object; status: string; progress: number };
}

/** All that a stream says until it closes by itself. */
async function heardOn(link: string, lastEventId?: string): Promise<{ events: Heard[]; headers: Headers; names: string[] }> {
  const answer = await fetch(link, lastEventId === undefined ? {} : { headers: { 'last-event-id': lastEventId } });
  expect(answer.status).toBe(200);
  const blocks = (await answer.text()).split('\n\n').map((block) => block.split('\n').filter((line) => line && !line.startsWith(':')));
  const fields = blocks.filter((lines) => lines.length > 0).map((lines) => lines.map((line) => line.split(/: ?(.*)/s).slice(0, 2)));
  const events = fields.map((block) => {
    const { id, data } = Object.fromEntries(block) as { id: string; data: string };
    return { id, data: JSON.parse(data) };
  });
  return { events, headers: answer.headers, names: [...new Set(fields.flat().map(([name]) => name!))] };
}

const versions = (events: readonly Heard[]): number[] => events.map(({ data }) => data.version);
const upTo = (last: number, from = 1): number[] => Array.from({ length: last - from + 1 }, (_, n) => from + n);

describe('Status service: GET /orders/{id}', () => {
  test('the order as the page says', async () => {
    const { body, headers } = await host.follow(done.links.status).expect(200);
    expect(body).toMatchObject({
      id: done.id,
      status: 'completed',
      placedAt: expect.stringMatching(rfc3339),
      updatedAt: expect.stringMatching(rfc3339),
      customer: { email: 'ada@example.com', name: 'Ada' },
      total: done.total,
      priority: 'standard',
      progress: 100,
      links: { status: done.links.status },
    });
    expect(body.lines).toEqual([
      { sku: 'PRINT-10X15', name: expect.any(String), quantity: 2, unitPrice: { amount: done.total.amount / 2, currency: 'EUR' } },
    ]);
    expect(body.steps.map(({ name }: { name: string }) => name)).toEqual(stepNames);
    for (const step of body.steps) {
      expect(Object.keys(step).toSorted()).toEqual(['attempts', 'detail', 'endedAt', 'name', 'startedAt', 'state']);
      if (step.state === 'done') {
        expect(step).toMatchObject({ attempts: 1, startedAt: expect.stringMatching(rfc3339), endedAt: expect.stringMatching(rfc3339) });
        expect(Date.parse(step.endedAt)).toBeGreaterThanOrEqual(Date.parse(step.startedAt));
      }
    }
    expect(headers).toMatchObject({ etag: `"${body.version}"`, 'cache-control': 'private, no-cache', 'referrer-policy': 'no-referrer' });
    expect(JSON.stringify(body)).not.toMatch(/4242424242|"cvc"/);
  });

  test('If-None-Match compares weakly, takes lists and *; 304 carries ETag and no body', async () => {
    // Its mails raise the version until they are sent: from then on nothing changes it.
    const quiet = await place(host, anOrder());
    await reached(host, quiet, 'completed');
    await expect
      .poll(async () => (await host.follow(quiet.links.status)).body.notifications.map(({ state }: { state: string }) => state), {
        timeout: 15_000,
      })
      .toEqual(['sent', 'sent']);
    const { etag } = (await host.follow(quiet.links.status).expect(200)).headers;
    for (const header of [etag!, `W/${etag}`, `"0", ${etag}`, `"0",W/${etag} , "x"`, '*']) {
      const answer = await host.follow(quiet.links.status).set('if-none-match', header).expect(304);
      expect(answer.headers.etag).toBe(etag);
      expect(answer.text).toBeFalsy();
    }
    for (const header of ['"0"', 'W/"0"', '"0", "x"', etag!.replaceAll('"', '')])
      await host.follow(quiet.links.status).set('if-none-match', header).expect(200);
  });
});

describe('Status service: GET /orders/{id}/events', () => {
  test('oldest first, versions from 1 without gaps, the types of the road, nothing personal', async () => {
    const { body, text } = await host.follow(done.links.events).expect(200);
    const { items } = body as { items: { version: number; type: string; at: string; data: object }[] };
    expect(items.map(({ version }) => version)).toEqual(upTo(items.length));
    const types = items.map(({ type }) => type).filter((type) => type !== 'NotificationSent');
    expect(types).toEqual([...road, 'OrderCompleted']);
    for (const item of items) {
      expect(Object.keys(item).toSorted()).toEqual(['at', 'data', 'type', 'version']);
      expect(item.at).toMatch(rfc3339);
    }
    expect(text).not.toMatch(/ada@example|Main St|4242/);
  });
});

describe('Status service: GET /orders/{id}/stream', () => {
  test('of an order under way: every version once, in order, and it closes after the end', async () => {
    const placed = await place(host);
    const { events, headers, names } = await heardOn(placed.links.stream);
    expect(versions(events)).toEqual(upTo(events.length));
    expect(events.map(({ id }) => Number(id))).toEqual(versions(events));
    expect(events.at(-1)!.data).toMatchObject({ type: 'OrderCompleted', status: 'completed', progress: 100 });
    const progress = events.map(({ data }) => data.progress);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
    expect(progress.filter((each) => each === 100)).toHaveLength(1);
    expect(names.toSorted()).toEqual(['data', 'id']);
    expect(headers.get('content-type')).toMatch(/^text\/event-stream/);
    expect(headers.get('cache-control')).toBe('no-store');
  });

  test('its data is the object of /events plus status and progress', async () => {
    const { items } = (await host.follow(done.links.events)).body;
    const { events } = await heardOn(done.links.stream);
    expect(events.map(({ data: { status: _, progress: __, ...event } }) => event)).toEqual(items.slice(0, events.length));
  });

  test('after Last-Event-ID; from 1 where that is no version; 204 at or after the end', async () => {
    const all = (await heardOn(done.links.stream)).events.length;
    expect(versions((await heardOn(done.links.stream, '3')).events)).toEqual(upTo(all, 4));
    for (const none of ['', 'three', '-1', '1.5']) expect(versions((await heardOn(done.links.stream, none)).events)).toEqual(upTo(all));
    for (const end of [all, all + 5]) await host.follow(done.links.stream).set('last-event-id', String(end)).expect(204);
    await host.follow(done.links.stream).set('last-event-id', '9'.repeat(20)).expect(204);
  });

  test('a Last-Event-ID that is yet to come: nothing until then, and it closes with the order', async () => {
    const placed = await place(host);
    const { events } = await heardOn(placed.links.stream, '1000');
    expect(events).toEqual([]);
    expect((await host.follow(placed.links.status)).body.progress).toBe(100);
  });

  test('HEAD has its headers, at once', async () => {
    const answer = await fetch(done.links.stream, { method: 'HEAD' });
    expect(answer.headers.get('content-type')).toMatch(/^text\/event-stream/);
  });

  test('ten readers at once each hear all of it', async () => {
    const placed = await place(host);
    const heard = await Promise.all(Array.from({ length: 10 }, () => heardOn(placed.links.stream)));
    for (const { events } of heard) expect(versions(events)).toEqual(upTo(heard[0]!.events.length));
  });
});

describe('Status service: GET /orders/{id}/timeline', () => {
  const timelineOf = async (placed: Placed): Promise<{ at: string; kind: string; summary: string; data: Record<string, unknown> }[]> =>
    (await host.follow(placed.links.events.replace('/events', '/timeline')).expect(200)).body.items;

  test('everything that happened on its behalf, in order', async () => {
    const items = await timelineOf(done);
    expect(items.filter(({ kind }) => kind === 'event').map(({ data }) => data.type)).toEqual([...road, 'OrderCompleted']);
    for (const { at, summary, data } of items) {
      expect(at).toMatch(rfc3339);
      expect(summary).toMatch(/^[“A-Z].*\.$/);
      expect(data).toEqual(expect.any(Object));
    }
    expect(items.map(({ at }) => at)).toEqual(items.map(({ at }) => at).toSorted());
  });

  test('the attempts that failed, the mails, its photos, and what it waits for', async () => {
    const { body: photo } = await host
      .http()
      .post('/photos')
      .set('content-type', 'image/jpeg')
      .send(await oriented(40, 30, 1));
    const order = anOrder({ card: '4000000000000119' });
    const placed = await place(host, { ...order, lines: [{ ...order.lines[0], photoId: photo.id }] });
    await vi.waitFor(async () => expect((await timelineOf(placed)).map(({ kind }) => kind)).toContain('attempt'), { timeout: 60_000 });
    await reached(host, placed, 'completed');
    await vi.waitFor(async () => {
      const items = await timelineOf(placed);
      expect(items.filter(({ kind }) => kind === 'email').map(({ data }) => data.kind)).toEqual(['order-confirmation', 'order-shipped']);
      expect(items.filter(({ data }) => data.photoId === photo.id).map(({ data }) => data.type)).toEqual([
        'PhotoUploaded',
        'RenderingStarted',
        'PhotoReady',
      ]);
    });
  });

  test('is for whom the order is', async () => {
    expectProblem(await host.http().get(`/orders/${done.id}/timeline`), 401, 'unauthorized');
    expectProblem(await host.operator('/orders/0190b5a0-0000-7000-8000-000000000000/timeline'), 404, 'not-found');
  });
});

describe('Status service: GET /gateway/ledger', () => {
  test('the bank’s own book', async () => {
    const { body } = await host.operator(`/gateway/ledger?orderId=${done.id}`).expect(200);
    const entry = (operation: string) => ({
      orderId: done.id,
      operation,
      outcome: 'ok',
      amount: done.total,
      at: expect.stringMatching(rfc3339),
    });
    expect(body).toEqual({ items: [entry('authorise'), entry('capture')] });
  });

  test('an orderId that is none → 422, by its parameter', async () => {
    const answer = await host.operator('/gateway/ledger?orderId=mine');
    expectProblem(answer, 422, 'invalid');
    expect(answer.body.errors[0].parameter).toBe('orderId');
  });
});
