import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startWorld, type World } from './index.js';

let dir: string;
let world: World;
const restart = async () => {
  await world.close();
  world = await startWorld({ port: 0, dir });
};

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'world-'));
  world = await startWorld({ port: 0, dir });
});
afterEach(async () => {
  await world.close();
  rmSync(dir, { recursive: true });
});

const post = async (path: string, key: string, body: object) => {
  const headers = { 'content-type': 'application/json', 'idempotency-key': key };
  const answer = await fetch(world.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: answer.status, body: (await answer.json()) as Record<string, string> };
};
const get = async (path: string) => {
  const answer = await fetch(world.url + path);
  return { status: answer.status, body: (await answer.json()) as Record<string, any> };
};
const ledger = async (service: string, orderId: string) => (await get(`/${service}/ledger?orderId=${orderId}`)).body.items;

const euros = (amount: number) => ({ amount, currency: 'EUR' });
const shipTo = { name: 'Ada Lovelace', line1: '1 Main St', city: 'Vienna', postcode: '1010', country: 'AT' };
const charge = (orderId: string, number = '4242424242424242') => ({
  orderId,
  amount: euros(1999),
  card: { number, expiry: '12/30', cvc: '987' },
});

describe('a key', () => {
  it('leads to one operation, however often it is sent', async () => {
    const first = await post('/gateway/authorisations', 'k1', charge('o1'));
    const again = await Promise.all([1, 2, 3].map(() => post('/gateway/authorisations', 'k1', charge('o1'))));
    expect(first).toEqual({ status: 201, body: { id: expect.stringMatching(/^auth_/), outcome: 'ok' } });
    expect(again).toEqual([first, first, first]);
    expect(await ledger('gateway', 'o1')).toHaveLength(1);
  });

  it('is the same with the fields in another order', async () => {
    const { orderId, amount, card } = charge('o1');
    const first = await post('/gateway/authorisations', 'k1', { orderId, amount, card });
    expect(await post('/gateway/authorisations', 'k1', { card, amount, orderId })).toEqual(first);
  });

  it.each([
    ['another amount', '/gateway/authorisations', { ...charge('o1'), amount: euros(1) }],
    ['another card', '/gateway/authorisations', charge('o1', '5555555555554444')],
    ['another order', '/gateway/authorisations', charge('o2')],
    ['another operation', '/gateway/captures', { orderId: 'o1', authorisation: 'a', amount: euros(1999) }],
  ])('with %s is refused with 422, and nothing happens', async (_what, path, body) => {
    await post('/gateway/authorisations', 'k1', charge('o1'));
    expect(await post(path, 'k1', body)).toEqual({ status: 422, body: { outcome: 'refused', code: 'idempotency_key_reused' } });
    expect((await get('/gateway/ledger')).body.items).toHaveLength(1);
  });

  it('with another operation of the very same body is refused too', async () => {
    const { body } = await post('/gateway/authorisations', 'k1', charge('o1'));
    const on = { orderId: 'o1', authorisation: body.id, amount: euros(1999) };
    expect((await post('/gateway/captures', 'k2', on)).status).toBe(201);
    expect((await post('/gateway/refunds', 'k2', on)).status).toBe(422);
  });

  it('is needed', async () => {
    const answer = await fetch(`${world.url}/gateway/voids`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ orderId: 'o1', authorisation: 'a', amount: euros(1) }),
    });
    expect(answer.status).toBe(400);
  });

  it('can be asked for: 200 with what it led to, 404 if it was never seen', async () => {
    const key = 'order 1/authorise:1';
    const paid = await post('/gateway/authorisations', key, charge('o1'));
    const declined = await post('/gateway/authorisations', 'k2', charge('o2', '4000000000000002'));
    expect(await get(`/gateway/operations/${encodeURIComponent(key)}`)).toEqual({ status: 200, body: paid });
    expect(await get('/gateway/operations/k2')).toEqual({ status: 200, body: declined });
    expect((await get('/gateway/operations/k3')).status).toBe(404);
    expect((await get('/printer/operations/k2')).status).toBe(404);
  });

  it.each(['/gateway/authorisations', '/printer/jobs', '/carrier/parcels'])(
    '%s with a body of another shape is 400 and not booked',
    async (path) => {
      const service = path.split('/')[1];
      expect((await post(path, 'k1', { orderId: 'o1', amount: '1999' })).status).toBe(400);
      expect((await get(`/${service}/operations/k1`)).status).toBe(404);
    },
  );
});

describe('the gateway', () => {
  const authorise = async (orderId: string, number?: string) =>
    (await post('/gateway/authorisations', `${orderId}:auth`, charge(orderId, number))).body.id!;
  const on = (orderId: string, authorisation: string, amount = euros(1999)) => ({ orderId, authorisation, amount });
  const impossible = (code: string) => ({ status: 409, body: { outcome: 'declined', code } });

  it.each(['4242424242424242', '5555555555554444', '378282246310005', '6304000000000000'])('takes %s', async (number) => {
    expect((await post('/gateway/authorisations', 'k1', charge('o1', number))).status).toBe(201);
  });

  it.each([
    ['4000000000000002', 'card_declined'],
    ['4000000000009995', 'insufficient_funds'],
    ['4242424242424241', 'incorrect_number'],
    ['42424242424', 'incorrect_number'],
    ['4242 4242 4242 4242', 'incorrect_number'],
  ])('declines %s: %s', async (number, code) => {
    expect(await post('/gateway/authorisations', 'k1', charge('o1', number))).toEqual({ status: 402, body: { outcome: 'declined', code } });
    expect(await ledger('gateway', 'o1')).toMatchObject([{ operation: 'authorise', outcome: 'declined' }]);
  });

  it('4000000000000119 fails at the first attempt of each order; that key goes on failing, a new one pays', async () => {
    const failed = { status: 503, body: { outcome: 'error', code: 'try_again' } };
    const attempt = (orderId: string, key: string) => post('/gateway/authorisations', key, charge(orderId, '4000000000000119'));
    expect(await attempt('o1', 'k1')).toEqual(failed);
    expect(await attempt('o1', 'k1')).toEqual(failed);
    expect((await attempt('o1', 'k2')).status).toBe(201);
    expect(await attempt('o1', 'k1')).toEqual(failed);
    expect(await attempt('o2', 'k3')).toEqual(failed);
    expect(await ledger('gateway', 'o1')).toMatchObject([{ outcome: 'error' }, { outcome: 'ok' }]);
  });

  it('4000000000000341 is authorised, its capture is declined, and it can be voided', async () => {
    const id = await authorise('o1', '4000000000000341');
    expect(await post('/gateway/captures', 'k2', on('o1', id))).toEqual({
      status: 402,
      body: { outcome: 'declined', code: 'card_declined' },
    });
    expect((await post('/gateway/voids', 'k3', on('o1', id))).status).toBe(201);
  });

  it('keeps a ledger of exactly what its page promises', async () => {
    const id = await authorise('o1');
    await post('/gateway/captures', 'k2', on('o1', id));
    await post('/gateway/refunds', 'k3', on('o1', id, euros(999)));
    const line = (operation: string, amount: number) => ({
      orderId: 'o1',
      operation,
      outcome: 'ok',
      amount: euros(amount),
      at: expect.any(String),
    });
    expect(await ledger('gateway', 'o1')).toStrictEqual([line('authorise', 1999), line('capture', 1999), line('refund', 999)]);
    expect(await ledger('gateway', 'o2')).toEqual([]);
  });

  it.each(['captures', 'voids', 'refunds'])('%s of an unknown authorisation, or of another order’s, are impossible', async (path) => {
    const id = await authorise('o1');
    expect(await post(`/gateway/${path}`, 'k2', on('o1', 'auth_none'))).toEqual(impossible('unknown_authorisation'));
    expect(await post(`/gateway/${path}`, 'k3', on('o2', id))).toEqual(impossible('unknown_authorisation'));
  });

  it('captures once, no more than was authorised, in its currency', async () => {
    const id = await authorise('o1');
    expect(await post('/gateway/captures', 'k2', on('o1', id, euros(2000)))).toEqual(impossible('more_than_authorised'));
    expect(await post('/gateway/captures', 'k3', on('o1', id, { amount: 1999, currency: 'USD' }))).toEqual(
      impossible('more_than_authorised'),
    );
    expect((await post('/gateway/captures', 'k4', on('o1', id))).status).toBe(201);
    expect(await post('/gateway/captures', 'k5', on('o1', id))).toEqual(impossible('already_captured'));
  });

  it('voids once, and not after a capture; captures no more after a void', async () => {
    const voided = await authorise('o1');
    expect((await post('/gateway/voids', 'k2', on('o1', voided))).status).toBe(201);
    expect(await post('/gateway/voids', 'k3', on('o1', voided))).toEqual(impossible('already_voided'));
    expect(await post('/gateway/captures', 'k4', on('o1', voided))).toEqual(impossible('already_voided'));

    const captured = await authorise('o2');
    await post('/gateway/captures', 'k5', on('o2', captured));
    expect(await post('/gateway/voids', 'k6', on('o2', captured))).toEqual(impossible('already_captured'));
  });

  it('refunds what was captured, in parts, and no more', async () => {
    const id = await authorise('o1');
    expect(await post('/gateway/refunds', 'k2', on('o1', id))).toEqual(impossible('not_captured'));
    await post('/gateway/captures', 'k3', on('o1', id));
    expect((await post('/gateway/refunds', 'k4', on('o1', id, euros(1000)))).status).toBe(201);
    expect(await post('/gateway/refunds', 'k5', on('o1', id, euros(1000)))).toEqual(impossible('more_than_captured'));
    expect((await post('/gateway/refunds', 'k6', on('o1', id, euros(999)))).status).toBe(201);
  });
});

describe('the printer', () => {
  const lines = [
    { sku: 'PRINT-10X15', quantity: 2, photoId: 'p1' },
    { sku: 'CANVAS-60X90', quantity: 1 },
  ];

  it('prints, and discards once what it printed', async () => {
    const { status, body } = await post('/printer/jobs', 'k1', { orderId: 'o1', lines });
    expect({ status, body }).toEqual({ status: 201, body: { id: expect.stringMatching(/^job_/), outcome: 'ok' } });
    const job = body.id;
    expect(await post('/printer/discards', 'k2', { orderId: 'o1', job: 'job_none' })).toEqual({
      status: 409,
      body: { outcome: 'refused', code: 'unknown_job' },
    });
    const discarded = await post('/printer/discards', 'k3', { orderId: 'o1', job });
    expect(discarded.status).toBe(201);
    expect(await post('/printer/discards', 'k3', { orderId: 'o1', job })).toEqual(discarded);
    expect((await post('/printer/discards', 'k4', { orderId: 'o1', job })).body.code).toBe('already_discarded');
    expect(await ledger('printer', 'o1')).toMatchObject([
      { operation: 'print', outcome: 'ok', pieces: 3, job },
      { operation: 'discard', outcome: 'refused', job: 'job_none' },
      { operation: 'discard', outcome: 'ok', job },
      { operation: 'discard', outcome: 'refused', job },
    ]);
  });
});

describe('the carrier', () => {
  it('takes a parcel and names its tracking', async () => {
    const { status, body } = await post('/carrier/parcels', 'k1', { orderId: 'o1', shipTo });
    expect({ status, body }).toEqual({
      status: 201,
      body: { id: expect.stringMatching(/^parcel_/), outcome: 'ok', tracking: expect.stringMatching(/^BR[0-9A-F]{12}$/) },
    });
    const [item] = await ledger('carrier', 'o1');
    expect(item).toStrictEqual({ orderId: 'o1', operation: 'ship', outcome: 'ok', tracking: body.tracking, at: expect.any(String) });
  });

  it('refuses postcode 00000 for good', async () => {
    const undeliverable = { status: 402, body: { outcome: 'refused', code: 'undeliverable' } };
    expect(await post('/carrier/parcels', 'k1', { orderId: 'o1', shipTo: { ...shipTo, postcode: '00000' } })).toEqual(undeliverable);
    expect(await get('/carrier/operations/k1')).toEqual({ status: 200, body: undeliverable });
  });
});

describe('the books', () => {
  it('outlive a restart: keys, ledgers, and the rules that go by them', async () => {
    const paid = await post('/gateway/authorisations', 'k1', charge('o1', '4000000000000341'));
    const ledgerBefore = await ledger('gateway', 'o1');
    const parcel = await post('/carrier/parcels', 'k1', { orderId: 'o1', shipTo });
    await restart();

    expect(await get('/gateway/operations/k1')).toEqual({ status: 200, body: paid });
    expect(await post('/gateway/authorisations', 'k1', charge('o1', '4000000000000341'))).toEqual(paid);
    expect((await post('/gateway/authorisations', 'k1', { ...charge('o1', '4000000000000341'), amount: euros(1) })).status).toBe(422);
    expect(await ledger('gateway', 'o1')).toEqual(ledgerBefore);
    expect(await post('/carrier/parcels', 'k1', { orderId: 'o1', shipTo })).toEqual(parcel);
    const capture = await post('/gateway/captures', 'k2', { orderId: 'o1', authorisation: paid.body.id, amount: euros(1999) });
    expect(capture.status).toBe(402);
  });

  it('lose a torn last line, and go on after it', async () => {
    const book = join(dir, 'gateway.ndjson');
    await post('/gateway/authorisations', 'k1', charge('o1'));
    const whole = statSync(book).size;
    await post('/gateway/authorisations', 'k2', charge('o2'));
    await world.close();
    truncateSync(book, statSync(book).size - 1); // all of the line but its end
    world = await startWorld({ port: 0, dir });

    expect(statSync(book).size).toBe(whole);
    expect((await get('/gateway/operations/k1')).status).toBe(200);
    expect((await get('/gateway/operations/k2')).status).toBe(404);
    const again = await post('/gateway/authorisations', 'k2', charge('o2'));
    await restart();
    expect(await get('/gateway/operations/k2')).toEqual({ status: 200, body: again });
  });

  it('that hold nonsense elsewhere don’t open', async () => {
    await post('/printer/jobs', 'k1', { orderId: 'o1', lines: [{ sku: 'A', quantity: 1 }] });
    await world.close();
    const book = join(dir, 'printer.ndjson');
    const line = readFileSync(book, 'utf8');
    writeFileSync(book, `${line}{"key":\n${line}`);
    await expect(startWorld({ port: 0, dir })).rejects.toThrow(/printer\.ndjson: line 2 is no JSON/);
    writeFileSync(book, line);
    world = await startWorld({ port: 0, dir });
    expect(await ledger('printer', 'o1')).toHaveLength(1);
  });

  it('longer than what is read at once come back whole, with letters of several bytes', async () => {
    await world.close();
    const at = new Date().toISOString();
    const line = (n: number) =>
      JSON.stringify({
        key: `schlüssel-${n}`,
        orderId: `ö${n % 1000}`,
        operation: 'print',
        at,
        status: 201,
        body: { id: `job_${n}`, outcome: 'ok' },
        kept: { pieces: n },
      });
    const lines = Array.from({ length: 20_000 }, (_, n) => `${line(n)}\n`).join('');
    appendFileSync(join(dir, 'printer.ndjson'), lines);
    expect(Buffer.byteLength(lines)).toBeGreaterThan(2 << 20);
    world = await startWorld({ port: 0, dir });
    const { items } = (await get('/printer/ledger')).body;
    expect(items.map((item: { pieces: number }) => item.pieces)).toEqual(Array.from({ length: 20_000 }, (_, n) => n));
    expect(await ledger('printer', encodeURIComponent('ö7'))).toHaveLength(20);
  });

  it('hold no card, no name and no address, and can be read by their owner only', async () => {
    for (const number of ['4242424242424242', '4000000000000341', '4000000000000002']) {
      await post('/gateway/authorisations', number.slice(-4), charge(`o${number.slice(-1)}`, number));
      expect(readFileSync(join(dir, 'gateway.ndjson'), 'utf8')).not.toContain(number);
    }
    await post('/carrier/parcels', 'k1', { orderId: 'o1', shipTo });
    const books = ['gateway', 'printer', 'carrier'].map((name) => readFileSync(join(dir, `${name}.ndjson`), 'utf8')).join('');
    for (const secret of ['987', '12/30', 'Ada', 'Main St', 'Vienna', '1010'])
      expect(books.replace(/"at":"[^"]*"|_[0-9a-f-]{36}|BR[0-9A-F]{12}/g, '')).not.toContain(secret);
    expect(statSync(join(dir, 'gateway.ndjson')).mode & 0o077).toBe(0);
  });

  it('get nothing of a body that is no JSON, and its answer quotes none of it', async () => {
    const headers = { 'content-type': 'application/json', 'idempotency-key': 'k1' };
    const answer = await fetch(`${world.url}/gateway/authorisations`, { method: 'POST', headers, body: '4242424242424242,' });
    expect(answer.status).toBe(400);
    expect(await answer.text()).not.toContain('4242');
  });
});

it('says that it is alive', async () => {
  expect(await get('/health/live')).toEqual({ status: 200, body: { status: 'ok' } });
});
