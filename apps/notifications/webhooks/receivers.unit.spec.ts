import { describe, expect, it } from 'vitest';
import { Receivers } from './receivers.js';

const enterAll = (some: Receivers, host: string, n: number, now = 0): number[] => Array.from({ length: n }, () => some.enter(host, now));

describe('receivers', () => {
  it('have four calls at once each; the others are told when to come again, one after another and within a minute', () => {
    const some = new Receivers();
    const waits = enterAll(some, 'a:443', 3_000);
    expect(waits.slice(0, 5).map((wait) => wait > 0)).toEqual([false, false, false, false, true]);
    expect(waits.slice(4)).toEqual(waits.slice(4).toSorted((a, b) => a - b));
    expect(waits[4]).toBeLessThanOrEqual(500);
    expect(waits.at(-1)).toBe(60_000);
    expect(some.enter('b:443', 0)).toBe(0);
    some.left('a:443', true, 10, 10);
    expect(some.enter('a:443', 10)).toBe(0);
  });

  it('that fail ten times in a row rest, then have a single call until one goes well', () => {
    const some = new Receivers();
    for (let n = 0; n < 9; n++) {
      expect(some.enter('a', n)).toBe(0);
      some.left('a', false, 1, n);
    }
    expect(some.enter('a', 9)).toBe(0);
    some.left('a', false, 1, 9);
    expect(some.enter('a', 10)).toBeGreaterThan(250);
    const [first, second] = enterAll(some, 'a', 2, 1_100);
    expect(first).toBe(0);
    expect(second).toBeGreaterThan(0);
    some.left('a', false, 1, 1_100);
    // Longer than the first time: one to two seconds, and what it takes to come again.
    expect(some.enter('a', 1_100)).toBeGreaterThan(1_000);
    expect(some.enter('a', 3_200)).toBe(0);
    some.left('a', true, 1, 3_200);
    expect(enterAll(some, 'a', 4, 3_201)).toEqual([0, 0, 0, 0]);
  });

  it('are forgotten when nobody has wanted them for ten minutes, those that failed too, and not before', () => {
    const some = new Receivers();
    for (let n = 0; n < 50; n++) {
      some.enter(`host-${n}`, n);
      some.left(`host-${n}`, n % 2 === 0, 1, n);
    }
    for (let n = 0; n < 10; n++) {
      some.enter('failing', 60_000);
      some.left('failing', false, 1, 60_000);
    }
    expect(some.enter('other', 600_020)).toBe(0);
    expect(some.size).toBe(50 - 21 + 2);
    expect(some.enter('failing', 600_030)).toBe(0);
    expect(some.enter('failing', 600_030)).toBeGreaterThan(0);
    some.left('other', true, 1, 600_030);
    some.left('failing', false, 1, 600_030);
    some.enter('new', 3_000_000);
    expect(some.size).toBe(1);
  });
});
