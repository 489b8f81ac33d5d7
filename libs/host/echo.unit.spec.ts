import { expect, it } from 'vitest';
import { makeIsEcho } from './echo.js';

it('takes the same signal within a second for the same, another or a later one for a second', () => {
  let now = 0;
  const isEcho = makeIsEcho(() => now);
  expect(isEcho('SIGINT')).toBe(false);
  now = 5;
  expect([isEcho('SIGINT'), isEcho('SIGINT')]).toEqual([true, true]);
  expect([isEcho('SIGTERM'), isEcho('SIGINT')]).toEqual([false, false]);
  now = 1_500;
  expect(isEcho('SIGINT')).toBe(false);
});
