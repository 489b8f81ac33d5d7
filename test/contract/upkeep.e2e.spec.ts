import { simpleParser } from 'mailparser';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { oriented } from '../setup/photos.js';
import { startHost, type TestHost } from '../setup/host.js';
import { anOrder, place, reached } from './orders.js';
import { expectInvalid, expectProblem } from './problem.js';

let host: TestHost;
beforeAll(async () => void (host = await startHost({ RETENTION_DAYS: '0', SHOP_EMAIL: 'owner@shop.example', PRINTER_DELAY_MS: '20' })));
afterAll(() => host?.stop());

/** Runs a job to its end. */
async function run(job: string, input: object = {}) {
  const { body } = await host.http().post(`/jobs/${job}/runs`).set(host.operatorHeaders).send({ input }).expect(202);
  return vi.waitFor(
    async () => {
      const shown = (await host.operator(new URL(body.links.status).pathname).expect(200)).body;
      expect(shown).toMatchObject({ job, state: 'succeeded', progress: 100 });
      return shown;
    },
    { timeout: 60_000, interval: 50 },
  );
}

describe('consistency-check', () => {
  test('finds nothing while orders come in and are worked off, nor after', async ({ signal }) => {
    const photo = await host
      .http()
      .post('/photos')
      .set('content-type', 'image/jpeg')
      .send(await oriented(400, 200, 1))
      .expect(202);
    const cards = ['4242424242424242', '4000000000000002', '4000000000000341', '4000000000000119'];
    const bodies = Array.from({ length: 40 }, (_, n) => {
      const body = anOrder({ card: cards[n % 4]!, postcode: n % 10 === 9 ? '00000' : '1010' });
      return n % 5 ? body : { ...body, lines: [{ ...body.lines[0], photoId: photo.body.id }] };
    });
    let seen = 0;
    const check = async () => {
      signal.throwIfAborted();
      const { result } = await run('consistency-check');
      expect(result.findings).toEqual([]);
      seen = Math.max(seen, result.checked.orders);
    };
    for (let n = 0; n < bodies.length; n += 10) await Promise.all([check(), ...bodies.slice(n, n + 10).map((body) => place(host, body))]);
    const ended = async () => (await host.countOf('OrderCompleted')) + (await host.countOf('OrderFailed'));
    while ((await ended()) < bodies.length) await check();
    expect((await run('consistency-check')).result).toMatchObject({ found: 0, findings: [], checked: { orders: 40, photos: 1 } });
    expect(seen).toBeGreaterThan(0);
  });

  test('tells of what does not fit, by name, and in its log', async () => {
    await host.sql(`UPDATE stock SET available = available + 1 WHERE sku = 'CANVAS-60X90'`);
    try {
      const { result, links } = await run('consistency-check');
      const finding = { kind: 'stock', id: 'CANVAS-60X90', detail: expect.stringMatching(/^\d+ are said to be there/) };
      expect(result).toMatchObject({ checked: expect.any(Object), findings: [finding] });
      const { items } = (await host.operator(new URL(links.log).pathname).expect(200)).body;
      expect(items).toContainEqual({ at: expect.any(String), level: 'error', message: expect.stringMatching(/^stock CANVAS-60X90: /) });
    } finally {
      await host.sql(`UPDATE stock SET available = available - 1 WHERE sku = 'CANVAS-60X90'`);
    }
  });
});

describe('daily-report', () => {
  test('arrives once a day, with the figures of its result', async () => {
    const day = new Date().toISOString().slice(0, 10);
    const { result } = await run('daily-report', { day });
    expect(result.mail).toBe('asked for');
    expect((await run('daily-report', { day })).result.mail).toBe('asked for before');
    const [row] = await host.sql<{ n: number }>(
      `SELECT count(*)::int AS n FROM events WHERE type = 'OrderCompleted' AND at::date = '${day}'`,
    );
    expect(result.report.completed.orders).toBe(row!.n);
    await vi.waitFor(
      async () => expect(await host.sql(`SELECT state FROM effects WHERE kind = 'report'`)).toEqual([{ state: 'done' }]),
      30_000,
    );
    // Where the inbox is a service of its own, the mail is looked at by its sender's spec.
    if (host.brokers) return;
    const { items } = (await host.operator('/inbox?to=owner@shop.example').expect(200)).body;
    expect(items).toHaveLength(1);
    const raw = await fetch(items[0].links.raw, { headers: host.operatorHeaders });
    const mail = await simpleParser(Buffer.from(await raw.arrayBuffer()), { skipImageLinks: true });
    expect(mail.messageId).toMatch(new RegExp(`^<daily-report\\.${day}@`));
    expect(mail.text).toContain(`Completed: ${row!.n} (`);
    expect(mail.attachments.map(({ contentType }) => contentType)).toEqual(['image/png']);
  });
});

describe('retention', () => {
  test('with RETENTION_DAYS=0 the next run erases who placed an order; the order stays', async () => {
    const email = `${crypto.randomUUID()}@example.com`;
    const placed = await place(host, anOrder({ email }));
    const before = await reached(host, placed, 'completed');
    expect((await run('retention')).result.erased).toBeGreaterThan(0);

    const { body, headers } = await host.follow(placed.links.status).expect(200);
    expect(body).toMatchObject({ id: placed.id, status: 'completed', customer: null, erased: true, lines: before.lines, progress: 100 });
    expect(headers.etag).toBe(`"${body.version}"`);
    const { items } = (await host.follow(placed.links.events).expect(200)).body;
    expect(items.map(({ version }: { version: number }) => version)).toEqual(items.map((_: object, n: number) => n + 1));
    expect(items.at(-1)).toMatchObject({ type: 'PersonalDataErased', data: {} });
    expect((await host.operator(`/orders?email=${email}`).expect(200)).body.items).toEqual([]);
    expect((await run('consistency-check')).result.findings).toEqual([]);
    expect((await run('retention')).result.erased).toBe(0);
  });

  test('the photos of an erased order go with it: neither they nor their images are there, and nobody can order them', async () => {
    const photo = (
      await host
        .http()
        .post('/photos')
        .set('content-type', 'image/jpeg')
        .send(await oriented(40, 30, 1))
        .expect(202)
    ).body;
    const body = { ...anOrder(), lines: [{ sku: 'PRINT-10X15', quantity: 1, photoId: photo.id }] };
    const placed = await place(host, body);
    const before = await reached(host, placed, 'completed');
    const { renditions } = (await host.follow(photo.links.status).expect(200)).body;
    expect((await run('retention', { orders: [placed.id] })).result).toMatchObject({ erased: 1, photos: 1 });

    for (const link of [photo.links.status, photo.links.stream, renditions[0].url])
      expectProblem(await host.follow(link), 404, 'not-found');
    expectInvalid(await host.http().post('/orders').send(body), '/lines/0/photoId');
    expect((await host.follow(placed.links.status).expect(200)).body).toMatchObject({
      status: 'completed',
      erased: true,
      lines: before.lines,
    });
    const { items } = (await host.operator('/dashboard/photos').expect(200)).body;
    expect(items.map(({ id }: { id: string }) => id)).not.toContain(photo.id);
    expect((await run('consistency-check')).result.findings).toEqual([]);
  });

  test('of named orders alone, by their ids', async () => {
    const [one, other] = [await place(host), await place(host)];
    await reached(host, one, 'completed');
    await reached(host, other, 'completed');
    expect((await run('retention', { orders: [one.id] })).result).toMatchObject({ erased: 1 });
    expect((await host.follow(one.links.status).expect(200)).body.customer).toBeNull();
    expect((await host.follow(other.links.status).expect(200)).body.customer).toMatchObject({ name: 'Ada' });
  });
});
