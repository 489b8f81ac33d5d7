import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { pathOf, startHost, type TestHost } from '../setup/host.js';
import { anOrder, ledgerOf, place, reached, stepsOf, stockOf, type Placed } from './orders.js';
import { expectInvalid, expectProblem } from './problem.js';

let host: TestHost;
// Long enough for an order to be cancelled while the bank thinks.
beforeAll(async () => void (host = await startHost({ GATEWAY_DELAY_MS: '1000' })));
afterAll(() => host?.stop());

const cancel = (placed: Placed, body: object = {}) => host.http().post(pathOf(placed.links.cancel, host.url)).send(body);

describe('Front door: POST /orders/{id}/cancellation', () => {
  test('while paying: 202, again 202; what was taken is given back', async () => {
    const before = await stockOf(host, 'PRINT-20X30');
    const placed = await place(host, anOrder({ sku: 'PRINT-20X30' }));
    await reached(host, placed, 'paying');
    // Before the charge is asked for, a cancellation withdraws it, and there is nothing to void.
    await vi.waitFor(async () => expect(await ledgerOf(host, placed)).toEqual(['authorise ok']), { timeout: 20_000 });
    const answer = await cancel(placed, { reason: 'changed my mind' }).expect(202);
    expect(answer.headers.location).toBe(placed.links.status);
    await cancel(placed).expect(202);
    const order = await reached(host, placed, 'cancelled');
    expect(order).toMatchObject({ progress: 100, reason: { code: 'customer-request', detail: 'changed my mind' } });
    expect(stepsOf(order)).toMatchObject({
      reserve: 'compensated',
      authorise: 'compensated',
      print: 'skipped',
      capture: 'skipped',
      ship: 'skipped',
    });
    await cancel(placed).expect(202);
    expect(await ledgerOf(host, placed)).toEqual(['authorise ok', 'void ok']);
    expect(await stockOf(host, 'PRINT-20X30')).toBe(before);
    const { items } = (await host.follow(placed.links.events)).body;
    // What a customer writes may be personal.
    expect(JSON.stringify(items)).not.toContain('changed my mind');
    expect(items.filter(({ type }: { type: string }) => type === 'CancellationRequested')).toHaveLength(1);
  });

  test('the reason is optional, and so is the body', async () => {
    const placed = await place(host);
    await host.http().post(pathOf(placed.links.cancel, host.url)).expect(202);
    expect((await reached(host, placed, 'cancelled')).reason?.code).toBe('customer-request');
  });

  test('Idempotency-Key: the same request again is replayed, another body is refused', async () => {
    const placed = await place(host);
    const send = (reason: string) => cancel(placed, { reason }).set('idempotency-key', 'c');
    const first = await send('one').expect(202);
    const again = await send('one').expect(202);
    expect(again.text).toBe(first.text);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expectProblem(await send('other'), 422, 'idempotency-key-reused');
    // The key counts for this order alone.
    const other = await place(host);
    expect(
      (await cancel(other, { reason: 'one' }).set('idempotency-key', 'c').expect(202)).headers['idempotency-replayed'],
    ).toBeUndefined();
  });

  test('of a completed order → 409', async () => {
    const placed = await place(host);
    await reached(host, placed, 'completed');
    expectProblem(await cancel(placed), 409, 'order-state');
  });

  test('of a failed order → 409', async () => {
    const placed = await place(host, anOrder({ sku: 'CANVAS-60X90', quantity: 101 }));
    await reached(host, placed, 'failed');
    expectProblem(await cancel(placed), 409, 'order-state');
  });

  test('a reason of more than 500, or an unknown field → 422', async () => {
    const placed = await place(host);
    expectInvalid(await cancel(placed, { reason: 'a'.repeat(501) }), '/reason');
    expectInvalid(await cancel(placed, { why: 'no' }), '/why');
    const nothing = host.http().post(pathOf(placed.links.cancel, host.url)).set('content-type', 'application/json');
    expectInvalid(await nothing.send('null'), '');
  });
});
