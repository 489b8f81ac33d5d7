import { describe, expect, it } from 'vitest';
import { Tally } from './tally.js';

const at = '2026-11-24T10:00:00.000Z';
const noon = Date.parse('2026-11-24T12:00:30.000Z');
const change = (type: string, version = 1) => ({ id: 'one', version, type, at });

describe('the tally', () => {
  it('counts orders by the minute, and forgets what is long past', () => {
    const tally = new Tally();
    tally.hear('order', change('OrderPlaced'), noon - 31 * 60_000);
    tally.hear('order', change('OrderPlaced'), noon - 60_000);
    for (const type of ['OrderPlaced', 'OrderPlaced', 'OrderCompleted', 'OrderFailed', 'OrderCancelled', 'Printed']) {
      tally.hear('order', change(type), noon);
    }
    const minutes = tally.lately(noon);
    expect(minutes).toHaveLength(30);
    expect(minutes.slice(-2)).toEqual([
      { at: '2026-11-24T11:59:00.000Z', placed: 1, completed: 0, failed: 0 },
      { at: '2026-11-24T12:00:00.000Z', placed: 2, completed: 1, failed: 2 },
    ]);
    expect(minutes.reduce((sum, { placed }) => sum + placed, 0)).toBe(3);
  });

  it('keeps the newest changes of orders, newest first, and no more of them than are shown', () => {
    const tally = new Tally();
    for (let version = 1; version <= 100; version++) tally.hear('order', change('StepFailed', version), noon);
    tally.hear('photo', change('PhotoReady', 101), noon);
    expect(tally.newest().map(({ version }) => version)).toEqual([100, 99, 98, 97, 96, 95, 94, 93, 92, 91, 90, 89]);
  });

  it('says what was heard since it was asked the last time', () => {
    const tally = new Tally();
    expect(tally.take()).toBeUndefined();
    tally.hear('photo', change('PhotoReady'), noon);
    tally.hear('order', change('Printed'), noon);
    tally.hear('order', change('Printed'), noon);
    expect(tally.take()).toEqual({ PhotoReady: 1, Printed: 2 });
    expect(tally.take()).toBeUndefined();
  });
});
