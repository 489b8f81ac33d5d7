import { describe, expect, it } from 'vitest';
import { draw } from './draw.js';

describe('draw', () => {
  it('gives as many bytes as asked for, never the same twice, over many pages', () => {
    const given = Array.from({ length: 2_000 }, () => draw(12));
    expect(new Set(given.map((bytes) => bytes.length))).toEqual(new Set([12]));
    expect(new Set(given.map((bytes) => bytes.toString('hex'))).size).toBe(2_000);
  });

  it('gives bytes that no later draw changes', () => {
    const first = draw(16);
    const seen = first.toString('hex');
    for (let n = 0; n < 1_000; n++) draw(16);
    expect(first.toString('hex')).toBe(seen);
  });

  it('gives a whole page after a piece of one', () => {
    draw(1);
    expect(draw(4_096).filter((byte) => byte === 0).length).toBeLessThan(100);
  });
});
