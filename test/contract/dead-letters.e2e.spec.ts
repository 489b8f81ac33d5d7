import kafkajs from 'kafkajs';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { startHost, type TestHost } from '../setup/host.js';
import { startReceiver } from '../setup/receiver.js';
import { apart } from '../setup/where.js';
import { expectDescribed } from './described.js';
import { anOrder, place, reached, rfc3339, uuidv7, type Placed } from './orders.js';
import { expectInvalid, expectProblem } from './problem.js';

let host: TestHost;
beforeAll(async () => void (host = await startHost({ WEBHOOK_ALLOW_LOOPBACK: 'true' })));
afterAll(() => host?.stop());

interface Letter {
  readonly id: string;
  readonly consumer: string;
  readonly key: string;
  readonly type: string;
  readonly topic: string;
}

const until = (check: () => void | Promise<void>, timeout = 30_000) => vi.waitFor(check, { timeout, interval: 50 });
const list = async (query = ''): Promise<Letter[]> => (await host.operator(`/dead-letters${query}`).expect(200)).body.items;
const lettersOf = async ({ id }: { id: string }): Promise<Letter[]> =>
  (await list('?limit=200')).filter(({ key }) => key === `order:${id}`);
const post = (where: string, body?: object, headers: Record<string, string> = {}) =>
  host
    .http()
    .post(where)
    .set({ ...host.operatorHeaders, ...headers })
    .send(body);
const drop = (id: string) => host.http().delete(`/dead-letters/${id}`).set(host.operatorHeaders);

async function timelineOf(placed: Placed): Promise<{ summary: string; data: { deadLetter?: string; what?: string } }[]> {
  const { items } = (await host.follow(placed.links.status.replace('?', '/timeline?')).expect(200)).body;
  return items.filter(({ kind }: { kind: string }) => kind === 'dead-letter');
}

/** From now on the database refuses this type of event, in the streams of the orders to whom it is sent. */
async function poison(type: string): Promise<{ heal(): Promise<void> }> {
  const name = `poison_${type.toLowerCase()}`;
  await host.sql(`CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF NEW.type = '${type}' AND EXISTS (SELECT FROM personal WHERE stream = NEW.stream AND data ->> 'poisoned' = 'yes') THEN RAISE 'poisoned by the test'; END IF;
    RETURN NEW; END $$`);
  await host.sql(
    `ALTER FUNCTION ${name}() SECURITY DEFINER; CREATE TRIGGER ${name} BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION ${name}()`,
  );
  const heal = async () => void (await host.sql(`DROP TRIGGER IF EXISTS ${name} ON events; DROP FUNCTION IF EXISTS ${name}()`));
  onTestFinished(heal);
  return { heal };
}

/** An order that a handler throws at, until it is a dead letter: the last try is made at once, where the shop would wait for ten minutes. */
async function dieAt(consumer: string, priority = 'standard'): Promise<Placed> {
  await host.sql(`CREATE OR REPLACE FUNCTION mark() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF NEW.kind = 'customer' AND NEW.data::text LIKE '%mallory%' THEN NEW.data = (NEW.data::jsonb || '{"poisoned": "yes"}')::json; END IF; RETURN NEW; END $$;
    CREATE OR REPLACE TRIGGER mark BEFORE INSERT ON personal FOR EACH ROW EXECUTE FUNCTION mark()`);
  const placed = await place(host, { ...anOrder({ email: 'mallory@example.com' }), priority });
  const where = `consumer = '${consumer}' AND stream = 'order:${placed.id}'`;
  await until(async () => {
    await host.sql(`UPDATE bookmarks SET attempts = 11, due = now() WHERE ${where} AND attempts > 0 AND dead_at IS NULL`);
    expect(await lettersOf(placed)).toHaveLength(1);
  });
  return placed;
}

describe('Operator’s part: dead letters of handlers', () => {
  test('a message whose handler throws stands in the list, holds nobody up, and goes on after a re-drive', async () => {
    const { heal } = await poison('StockReserved');
    const placed = await dieAt('fulfilment', 'express');
    await reached(host, await place(host), 'completed');
    expect((await host.follow(placed.links.status).expect(200)).body.status).toBe('placed');

    const [letter] = await lettersOf(placed);
    expect(letter).toEqual({
      id: expect.stringMatching(uuidv7),
      topic: 'orders.express',
      consumer: 'fulfilment',
      key: `order:${placed.id}`,
      type: 'OrderPlaced',
      cause: { message: expect.stringContaining('poisoned by the test') },
      attempts: 12,
      firstFailedAt: expect.stringMatching(rfc3339),
      lastFailedAt: expect.stringMatching(rfc3339),
      message: expect.objectContaining({
        id: `order:${placed.id}/1`,
        stream: `order:${placed.id}`,
        version: 1,
        type: 'OrderPlaced',
        lane: 'express',
      }),
    });
    expect(JSON.stringify(letter)).not.toMatch(/mallory|Ada|4242|Vienna/);
    const one = await host.operator(`/dead-letters/${letter!.id}`).expect(200);
    expect(one.body).toEqual(letter);
    expect(one.headers['cache-control']).toBe('no-store');
    expectDescribed('GET /dead-letters/{id}', one);
    expectDescribed('GET /dead-letters', await host.operator('/dead-letters'));

    const dry = await post('/dead-letters/redrive', { ids: [letter!.id], dryRun: true }).expect(200);
    expectDescribed('POST /dead-letters/redrive', dry);
    expect(dry.body).toEqual({ items: [{ ...letter, next: { take: 'photos' } }] });
    expect(await lettersOf(placed)).toEqual([letter]);

    await heal();
    const key = { 'idempotency-key': crypto.randomUUID() };
    const redriven = await post(`/dead-letters/${letter!.id}/redrive`, undefined, key).expect(202);
    expectDescribed('POST /dead-letters/{id}/redrive', redriven);
    expect(redriven.headers['idempotency-replayed']).toBeUndefined();
    expect(await lettersOf(placed)).toEqual([]);
    await reached(host, placed, 'completed');
    const replayed = await post(`/dead-letters/${letter!.id}/redrive`, undefined, key).expect(202);
    expect(replayed.headers['idempotency-replayed']).toBe('true');
    expect(replayed.body).toEqual(redriven.body);
    expectProblem(await post(`/dead-letters/${letter!.id}/redrive`), 404, 'not-found');
    expectProblem(await host.operator(`/dead-letters/${letter!.id}`), 404, 'not-found');
    expect(await timelineOf(placed)).toEqual([
      expect.objectContaining({
        summary: 'The operator had “fulfilment” tried again.',
        data: expect.objectContaining({ deadLetter: letter!.id }),
      }),
    ]);
  });

  test('by filter, page by page, and never without one', async () => {
    const { heal } = await poison('StockReserved');
    const orders = [await dieAt('fulfilment'), await dieAt('fulfilment'), await dieAt('fulfilment')];
    const ids = (await list()).map(({ id }) => id);
    const paged: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { items, next }: { items: Letter[]; next: string | null } = (
        await host
          .operator(`/dead-letters?limit=1&consumer=fulfilment&type=OrderPlaced&topic=orders${cursor && `&cursor=${cursor}`}`)
          .expect(200)
      ).body;
      paged.push(...items.map(({ id }) => id));
      cursor = next;
    }
    expect(paged).toEqual(ids);
    // The last dead first.
    expect(paged).toEqual(paged.toSorted().toReversed());
    expect(await list('?consumer=payments')).toEqual([]);
    expect(await list('?topic=orders.bulk')).toEqual([]);

    expectInvalid(await post('/dead-letters/redrive', {}), '');
    expectInvalid(await post('/dead-letters/redrive'), '');
    expectInvalid(await post('/dead-letters/redrive', { dryRun: true }), '');
    expectInvalid(await post('/dead-letters/redrive', { consumers: 'fulfilment' }), '/consumers');
    expectInvalid(await post('/dead-letters/redrive', { ids: ['1'] }), '/ids/0');
    const { headers } = await host.http().options('/dead-letters/redrive').expect(204);
    expect(headers.allow).toBe('POST, OPTIONS');
    expectInvalid(await post('/dead-letters/redrive', { ids: [] }), '/ids');
    expect((await post('/dead-letters/redrive', { consumer: 'payments' }).expect(202)).body).toEqual({ redriven: [] });
    expect((await list()).map(({ id }) => id)).toEqual(ids);

    await heal();
    const redriven = await post('/dead-letters/redrive', { consumer: 'fulfilment', type: 'OrderPlaced' }).expect(202);
    expectDescribed('POST /dead-letters/redrive', redriven);
    expect(redriven.body.redriven.toSorted()).toEqual(ids.toSorted());
    expect(await list()).toEqual([]);
    for (const placed of orders) await reached(host, placed, 'completed');
  });

  test('one that is dropped is gone; the next news of its order are handled', async () => {
    const { heal } = await poison('StockReserved');
    const placed = await dieAt('fulfilment');
    await heal();
    const [letter] = await lettersOf(placed);
    expectDescribed('DELETE /dead-letters/{id}', await drop(letter!.id).expect(204));
    expect(await lettersOf(placed)).toEqual([]);
    expectProblem(await drop(letter!.id), 404, 'not-found');
    expect((await host.follow(placed.links.status).expect(200)).body.status).toBe('placed');
    expect((await timelineOf(placed)).map(({ summary }) => summary)).toEqual(['The operator dropped “fulfilment”.']);
    await host.follow(placed.links.status).expect(200);
    await host
      .http()
      .post(new URL(placed.links.cancel).pathname + new URL(placed.links.cancel).search)
      .send({})
      .expect(202);
    await reached(host, placed, 'cancelled');
  });
});

describe('Operator’s part: dead letters of effects', () => {
  test('a call that is refused to the last stands in the list under its kind; re-driven, it is made again', async () => {
    let well = false;
    const receiver = await startReceiver((response, { data }) => response.writeHead(well || data.status !== 'completed' ? 200 : 500).end());
    onTestFinished(() => receiver.stop());
    const placed = await place(host, { ...anOrder(), callbackUrl: receiver.url });
    await reached(host, placed, 'completed');
    await until(async () => {
      await host.sql(
        `UPDATE effects SET attempts = 39, due = now() WHERE kind = 'webhook' AND stream = 'order:${placed.id}' AND state = 'open' AND claim IS NULL AND attempts > 0`,
      );
      expect(await lettersOf(placed)).toHaveLength(1);
    });
    const [letter] = await lettersOf(placed);
    // Its end, unless the last mail was sent between that and the call being asked for.
    const [asked] = await host.sql<{ type: string }>(
      `SELECT e.type FROM effects f JOIN events e USING (stream) WHERE f.stream = 'order:${placed.id}' AND f.state = 'dead' AND e.at <= f.at
       ORDER BY e.version DESC LIMIT 1`,
    );
    expect(['OrderCompleted', 'NotificationSent']).toContain(asked!.type);
    expect(letter).toEqual({
      id: expect.stringMatching(uuidv7),
      topic: 'webhooks',
      consumer: 'webhook',
      key: `order:${placed.id}`,
      type: asked!.type,
      cause: { message: 'answered 500' },
      attempts: 40,
      firstFailedAt: expect.stringMatching(rfc3339),
      lastFailedAt: expect.stringMatching(rfc3339),
      message: expect.objectContaining({ stream: `order:${placed.id}`, type: asked!.type }),
    });
    expect(Date.parse((letter as unknown as { firstFailedAt: string }).firstFailedAt)).toBeLessThan(
      Date.parse((letter as unknown as { lastFailedAt: string }).lastFailedAt),
    );
    const completed = () => receiver.of(placed).filter(({ data }) => data.status === 'completed');
    const before = completed();
    well = true;
    await post(`/dead-letters/${letter!.id}/redrive`).expect(202);
    await until(() => expect(completed()).toHaveLength(before.length + 1));
    expect(new Set(completed().map(({ id }) => id)).size).toBe(1);
    expect(await lettersOf(placed)).toEqual([]);
  });

  test('one that is dropped is never made again', async () => {
    const receiver = await startReceiver((response) => response.writeHead(500).end());
    onTestFinished(() => receiver.stop());
    const placed = await place(host, { ...anOrder({ card: '4000000000000002' }), callbackUrl: receiver.url });
    await reached(host, placed, 'failed');
    await until(async () => {
      await host.sql(
        `UPDATE effects SET attempts = 39, due = now() WHERE kind = 'webhook' AND stream = 'order:${placed.id}' AND state = 'open' AND claim IS NULL AND attempts > 0`,
      );
      expect(await lettersOf(placed)).toHaveLength(3);
    });
    for (const { id } of await lettersOf(placed)) await drop(id).expect(204);
    expect(await lettersOf(placed)).toEqual([]);
    expect(await host.sql(`SELECT DISTINCT state FROM effects WHERE kind = 'webhook' AND stream = 'order:${placed.id}'`)).toEqual([
      { state: 'done' },
    ]);
  });
});

apart.describe('Operator’s part: dead letters of the broker', () => {
  test('a record that nobody can read is filed for each consumer, holds nobody up; re-driven, its stream is told of again', async () => {
    const placed = await place(host);
    await reached(host, placed, 'completed');
    const producer = new kafkajs.Kafka({ brokers: [...host.brokers!], logLevel: kafkajs.logLevel.NOTHING }).producer();
    await producer.connect();
    onTestFinished(() => producer.disconnect());
    const headers = { ce_type: 'OrderPlaced' };
    await producer.send({ topic: 'orders', messages: [{ key: `order:${placed.id}`, value: '{"card":"4242424242424242"', headers }] });

    const consumers = ['fulfilment', 'notifications', 'payments', 'status', 'thumbnails-express'];
    await until(async () => expect((await lettersOf(placed)).map(({ consumer }) => consumer).toSorted()).toEqual(consumers));
    const letters = await lettersOf(placed);
    expectDescribed('GET /dead-letters', await host.operator('/dead-letters'));
    for (const letter of letters) {
      expect(letter).toMatchObject({ id: expect.stringMatching(uuidv7), topic: 'orders', type: 'OrderPlaced', attempts: 1 });
      expect(JSON.stringify(letter)).not.toContain('4242');
    }
    await reached(host, await place(host), 'completed');

    const { body } = await post('/dead-letters/redrive', { ids: letters.map(({ id }) => id) }).expect(202);
    expect(body.redriven).toHaveLength(consumers.length);
    expect(await lettersOf(placed)).toEqual([]);
    await until(async () => expect(await host.sql('SELECT 1 FROM outbox')).toEqual([]));
  });
});

describe('Operator’s part: access', () => {
  test('401 without the operator’s token, 404 for what is no letter', async () => {
    const id = crypto.randomUUID();
    for (const answer of [
      await host.http().get('/dead-letters'),
      await host.http().get(`/dead-letters/${id}`),
      await host.http().post(`/dead-letters/${id}/redrive`),
      await host.http().post('/dead-letters/redrive').send({ consumer: 'status' }),
      await host.http().delete(`/dead-letters/${id}`),
      await host.http().get('/dead-letters').set('authorization', 'Bearer wrong'),
    ])
      expectProblem(answer, 401, 'unauthorized');
    for (const answer of [
      await host.operator(`/dead-letters/${id}`),
      await host.operator('/dead-letters/1'),
      await post(`/dead-letters/${id}/redrive`),
      await drop(id),
    ])
      expectProblem(answer, 404, 'not-found');
    expectProblem(await host.operator('/dead-letters?limit=0'), 422, 'invalid');
    expectProblem(await host.operator('/dead-letters?cursor=x'), 422, 'invalid');
  });
});
