import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startHost, type TestHost } from '../setup/host.js';
import { anOrder, ledgerOf, place, reached, stepsOf, stockOf } from './orders.js';

let host: TestHost;
beforeAll(async () => void (host = await startHost()));
afterAll(() => host?.stop());

const alright = { photos: 'skipped', reserve: 'done', authorise: 'done', print: 'done', capture: 'done', ship: 'done' };

describe('Front door: Test cards', () => {
  test.each(['4242424242424242', '5555555555554444'])('%s pays', async (card) => {
    const placed = await place(host, anOrder({ card }));
    const order = await reached(host, placed, 'completed');
    expect(stepsOf(order)).toEqual(alright);
    expect(order).not.toHaveProperty('reason');
    expect(await ledgerOf(host, placed)).toEqual(['authorise ok', 'capture ok']);
  });

  test.each([
    ['4000000000000002', 'declined'],
    ['4000000000009995', 'has no funds'],
  ])('%s %s: failed, and the stock is back', async (card) => {
    const before = await stockOf(host, 'PRINT-10X15');
    const placed = await place(host, anOrder({ card }));
    const order = await reached(host, placed, 'failed');
    expect(order.reason).toEqual({ code: 'payment-declined', detail: expect.stringMatching(/./) });
    expect(stepsOf(order)).toMatchObject({
      reserve: 'compensated',
      authorise: 'failed',
      print: 'skipped',
      capture: 'skipped',
      ship: 'skipped',
    });
    expect(await ledgerOf(host, placed)).toEqual(['authorise declined']);
    expect(await stockOf(host, 'PRINT-10X15')).toBe(before);
  });

  test('4000000000000119 fails for a moment, then pays', async () => {
    const placed = await place(host, anOrder({ card: '4000000000000119' }));
    const order = await reached(host, placed, 'completed');
    expect(stepsOf(order)).toEqual(alright);
    expect(order.steps.find(({ name }: { name: string }) => name === 'authorise')?.attempts).toBe(2);
    expect(await ledgerOf(host, placed)).toEqual(['authorise error', 'authorise ok', 'capture ok']);
    const { items } = (await host.follow(placed.links.events).expect(200)).body;
    expect(items.filter(({ type }: { type: string }) => type === 'StepFailed')).toHaveLength(1);
  });

  test('4000000000000341 cannot be captured: print, authorisation and stock are undone in reverse', async () => {
    const before = await stockOf(host, 'PRINT-13X18');
    const placed = await place(host, anOrder({ card: '4000000000000341', sku: 'PRINT-13X18' }));
    const order = await reached(host, placed, 'failed');
    expect(order.reason?.code).toBe('capture-failed');
    expect(stepsOf(order)).toMatchObject({
      reserve: 'compensated',
      authorise: 'compensated',
      print: 'compensated',
      capture: 'failed',
      ship: 'skipped',
    });
    expect(await ledgerOf(host, placed)).toEqual(['authorise ok', 'capture declined', 'void ok']);
    expect(await stockOf(host, 'PRINT-13X18')).toBe(before);
    const { items } = (await host.follow(placed.links.events).expect(200)).body;
    const undone = ['PrintDiscarded', 'PaymentVoided', 'StockReleased', 'OrderFailed'];
    expect(items.map(({ type }: { type: string }) => type).filter((type: string) => undone.includes(type))).toEqual(undone);
  });

  test('a parcel to 00000 is refused: refunded, undone, undeliverable', async () => {
    const before = await stockOf(host, 'PRINT-13X18');
    const placed = await place(host, anOrder({ postcode: '00000', sku: 'PRINT-13X18' }));
    const order = await reached(host, placed, 'failed');
    expect(order.reason?.code).toBe('undeliverable');
    expect(stepsOf(order)).toMatchObject({ reserve: 'compensated', print: 'compensated', capture: 'compensated', ship: 'failed' });
    expect(await ledgerOf(host, placed)).toEqual(['authorise ok', 'capture ok', 'refund ok']);
    expect(await stockOf(host, 'PRINT-13X18')).toBe(before);
  });
});
