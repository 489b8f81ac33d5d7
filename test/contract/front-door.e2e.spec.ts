import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startHost, type TestHost } from '../setup/host.js';
import { anOrder, place, reached, stockOf, uuidv7 } from './orders.js';
import { expectInvalid } from './problem.js';

let host: TestHost;
beforeAll(async () => void (host = await startHost()));
afterAll(() => host?.stop());

describe('Front door: GET /products', () => {
  test('the seed catalogue has ten prints at least, one of them with 100 pieces only', async () => {
    const answer = await host.http().get('/products').expect(200);
    const { items } = answer.body;
    expect(items.length).toBeGreaterThanOrEqual(10);
    expect(new Set(items.map(({ sku }: { sku: string }) => sku)).size).toBe(items.length);
    for (const item of items) {
      expect(Object.keys(item).toSorted()).toEqual(['available', 'name', 'price', 'sku']);
      expect(item.price).toEqual({ amount: expect.any(Number), currency: 'EUR' });
      expect(Number.isInteger(item.price.amount) && item.price.amount > 0).toBe(true);
      if (item.sku === 'CANVAS-60X90') expect(item.available).toBe(100);
      else expect(item.available).toBeGreaterThanOrEqual(10_000);
    }
    expect(items.map(({ sku }: { sku: string }) => sku)).toEqual(expect.arrayContaining(['PRINT-10X15', 'CANVAS-60X90']));
    expect(answer.headers['cache-control']).toBe('no-store');
  });
});

describe('Front door: POST /orders', () => {
  test('202 with the total, a token, and links that carry it', async () => {
    const answer = await host
      .http()
      .post('/orders')
      .send(anOrder({ quantity: 3 }))
      .expect(202);
    const { id, token, links, ...rest } = answer.body;
    const { body } = await host.http().get('/products');
    const { price } = body.items.find(({ sku }: { sku: string }) => sku === 'PRINT-10X15');
    expect(id).toMatch(uuidv7);
    expect(rest).toEqual({ status: 'placed', total: { amount: price.amount * 3, currency: 'EUR' } });
    expect(token).toMatch(/^[\w-]{43}$/);
    expect(links).toEqual({
      status: `${host.url}/orders/${id}?token=${token}`,
      events: `${host.url}/orders/${id}/events?token=${token}`,
      stream: `${host.url}/orders/${id}/stream?token=${token}`,
      cancel: `${host.url}/orders/${id}/cancellation?token=${token}`,
    });
    expect(answer.headers).toMatchObject({
      location: links.status,
      'retry-after': '1',
      'cache-control': 'private, no-cache',
      'referrer-policy': 'no-referrer',
      'content-type': expect.stringMatching(/^application\/json/),
    });
  });

  test('links come from the settings, never from Host or X-Forwarded-*', async () => {
    const answer = await host
      .http()
      .post('/orders')
      .set({ host: 'evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' })
      .send(anOrder())
      .expect(202);
    expect(JSON.stringify([answer.body, answer.headers])).not.toContain('evil.example');
  });

  test('the total is the sum over all lines; express, line2 and region are taken', async () => {
    const given = anOrder();
    const body = {
      ...given,
      priority: 'express',
      shipTo: { ...given.shipTo, line2: '2nd floor', region: 'Vienna' },
      lines: [
        { sku: 'PRINT-10X15', quantity: 1 },
        { sku: 'CANVAS-60X90', quantity: 2 },
      ],
    };
    const { items } = (await host.http().get('/products')).body;
    const price = (sku: string): number => items.find((item: { sku: string }) => item.sku === sku).price.amount;
    const placed = await place(host, body);
    expect(placed.total.amount).toBe(price('PRINT-10X15') + 2 * price('CANVAS-60X90'));
    const order = await reached(host, placed, 'completed');
    expect(order.priority).toBe('express');
    expect(order.lines.map(({ sku }: { sku: string }) => sku)).toEqual(['PRINT-10X15', 'CANVAS-60X90']);
  });

  test('an order that has just been placed is never 404, nor are its events', async () => {
    for (let n = 0; n < 10; n++) {
      const placed = await place(host);
      await Promise.all([host.follow(placed.links.status).expect(200), host.follow(placed.links.events).expect(200)]);
    }
  });

  test('stock is not judged at the door: 202, then failed with out-of-stock, and none is taken', async () => {
    const before = await stockOf(host, 'CANVAS-60X90');
    const order = await reached(host, await place(host, anOrder({ sku: 'CANVAS-60X90', quantity: 101 })), 'failed');
    expect(order).toMatchObject({ reason: { code: 'out-of-stock' }, progress: 100 });
    expect(await stockOf(host, 'CANVAS-60X90')).toBe(before);
  });
});

describe('Front door: POST /orders, validation', () => {
  const good = anOrder();
  const card = (change: object) => ({ ...good, payment: { card: { ...good.payment.card, ...change } } });
  const line = (change: object) => ({ ...good, lines: [{ ...good.lines[0], ...change }] });
  const shipTo = (change: object) => ({ ...good, shipTo: { ...good.shipTo, ...change } });
  const customer = (change: object) => ({ ...good, customer: { ...good.customer, ...change } });
  const many = (count: number) => ({ ...good, lines: Array.from({ length: count }, () => good.lines[0]) });

  test.each<[string, unknown, string[]]>([
    ['a list as the body', [], ['']],
    ['null as the body', null, ['']],
    ['a string as the body', '"order"', ['']],
    ['nothing in it', {}, ['/customer', '/shipTo', '/lines', '/payment']],
    ['an unknown field', { ...good, discount: 5 }, ['/discount']],
    ['an unknown field whose name needs escaping', { ...good, 'a/b~c': 5 }, ['/a~1b~0c']],
    ['an unknown field within', line({ price: 1 }), ['/lines/0/price']],
    ['no e-mail', { ...good, customer: { name: 'Ada' } }, ['/customer/email']],
    ['no e-mail address', customer({ email: 'ada' }), ['/customer/email']],
    ['two addresses', customer({ email: 'a@example.com,b@example.com' }), ['/customer/email']],
    ['an address with a name', customer({ email: 'Ada <ada@example.com>' }), ['/customer/email']],
    ['an address with a line break', customer({ email: 'ada@example.com\r\nBcc: b@example.com' }), ['/customer/email']],
    ['an address of more than 254', customer({ email: `${'a'.repeat(60)}@${`${'b'.repeat(60)}.`.repeat(4)}com` }), ['/customer/email']],
    ['an empty name', customer({ name: '' }), ['/customer/name']],
    ['a name of 201', customer({ name: 'a'.repeat(201) }), ['/customer/name']],
    ['U+0000', customer({ name: 'A\0da' }), ['/customer/name']],
    ['a lone surrogate', customer({ name: 'A\ud800da' }), ['/customer/name']],
    ['a control character', shipTo({ line1: '1 Main\nSt' }), ['/shipTo/line1']],
    ['a number for a string', shipTo({ postcode: 1010 }), ['/shipTo/postcode']],
    ['no country', shipTo({ country: 'XX' }), ['/shipTo/country']],
    ['a country in small letters', shipTo({ country: 'at' }), ['/shipTo/country']],
    ['an empty line2', shipTo({ line2: '' }), ['/shipTo/line2']],
    ['no lines', { ...good, lines: [] }, ['/lines']],
    ['101 lines', many(101), ['/lines']],
    ['a quantity of 0', line({ quantity: 0 }), ['/lines/0/quantity']],
    ['a quantity of 1,001', line({ quantity: 1_001 }), ['/lines/0/quantity']],
    ['a quantity of 1.5', line({ quantity: 1.5 }), ['/lines/0/quantity']],
    ['a quantity of "2"', line({ quantity: '2' }), ['/lines/0/quantity']],
    ['a quantity of true', line({ quantity: true }), ['/lines/0/quantity']],
    ['a negative quantity', line({ quantity: -1 }), ['/lines/0/quantity']],
    ['no quantity', { ...good, lines: [{ sku: 'PRINT-10X15' }] }, ['/lines/0/quantity']],
    ['an unknown sku', line({ sku: 'NO-SUCH' }), ['/lines/0/sku']],
    ['an unknown sku in the second line', { ...good, lines: [good.lines[0], { sku: 'constructor', quantity: 1 }] }, ['/lines/1/sku']],
    ['a photo that is no UUID', line({ photoId: 'mine' }), ['/lines/0/photoId']],
    ['an unknown photo', line({ photoId: '01900000-0000-7000-8000-000000000000' }), ['/lines/0/photoId']],
    ['a card with a wrong check digit', card({ number: '4242424242424241' }), ['/payment/card/number']],
    ['a card of 11 digits', card({ number: '42424242424' }), ['/payment/card/number']],
    ['a card of 20 digits', card({ number: '42424242424242424242' }), ['/payment/card/number']],
    ['a card as a number', card({ number: 4242424242424242 }), ['/payment/card/number']],
    ['a month of 13', card({ expiry: '13/39' }), ['/payment/card/expiry']],
    ['a card that is past', card({ expiry: '12/20' }), ['/payment/card/expiry']],
    ['a year of four digits', card({ expiry: '12/2039' }), ['/payment/card/expiry']],
    ['a cvc of 2', card({ cvc: '12' }), ['/payment/card/cvc']],
    ['a cvc of 5', card({ cvc: '12345' }), ['/payment/card/cvc']],
    ['an unknown priority', { ...good, priority: 'now' }, ['/priority']],
  ])('%s → 422, pointed at', async (_, body, pointers) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    expectInvalid(await host.http().post('/orders').set('content-type', 'application/json').send(text), ...pointers);
  });

  test.each([
    ['neither card nor sealed', {}],
    ['both card and sealed', { ...good.payment, sealed: 'a.b.c.d.e' }],
  ])('%s → 422 within /payment', async (_, payment) => {
    const answer = await host
      .http()
      .post('/orders')
      .send({ ...good, payment })
      .expect(422);
    expect(answer.body.errors.length).toBeGreaterThan(0);
    for (const { pointer } of answer.body.errors) expect(pointer).toMatch(/^\/payment(\/(card|sealed))?$/);
  });

  test('never a card’s digits in an answer', async () => {
    const { text } = await host
      .http()
      .post('/orders')
      .send(card({ number: '4242424242424241', cvc: '98765' }))
      .expect(422);
    expect(text).not.toMatch(/42424242|98765/);
  });

  test.each<[string, unknown]>([
    ['100 lines', many(100)],
    ['a quantity of 1,000', line({ quantity: 1_000 })],
    ['a name of 200', customer({ name: 'ä'.repeat(200) })],
    ['a card of 12 digits', card({ number: '424242424242' })],
    ['a cvc of 4', card({ cvc: '1234' })],
  ])('%s → 202', async (_, body) => {
    await host
      .http()
      .post('/orders')
      .send(body as object)
      .expect(202);
  });
});
