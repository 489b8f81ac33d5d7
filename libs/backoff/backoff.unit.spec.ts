import { expect, it } from 'vitest';
import { pause, pauseMs } from './backoff.js';

it('doubles up to its limit, half of it by chance', () => {
  const backoff = { firstMs: 100, maxMs: 1000 };
  for (const [failures, full] of [
    [1, 100],
    [2, 200],
    [4, 800],
    [5, 1000],
    [5000, 1000],
  ] as const) {
    const pauses = Array.from({ length: 200 }, () => pauseMs(backoff, failures));
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(full / 2);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(full);
    expect(new Set(pauses).size).toBeGreaterThan(100);
  }
});

it('ends at once when it is told to', async () => {
  const stop = new AbortController();
  const paused = pause({ firstMs: 60_000, maxMs: 60_000 }, 1, stop.signal);
  stop.abort();
  await paused;
});
