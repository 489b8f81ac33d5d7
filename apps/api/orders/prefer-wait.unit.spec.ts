import { expect, test } from 'vitest';
import { preferredWait } from './prefer-wait.js';

test.each([
  ['wait=5', 5],
  ['WAIT=5', 5],
  ['wait="5"', 5],
  [' wait = 5 ; foo=bar', 5],
  ['respond-async, wait=5', 5],
  ['wait=5, wait=7', 5],
  [['wait=5', 'wait=7'], 5],
  ['wait=0', 0],
  ['wait=30', 30],
  ['wait=31', 30],
  ['wait=99999999999999999999', 30],
  ['wait=soon', undefined],
  ['wait=soon, wait=5', undefined],
  ['wait=-1', undefined],
  ['wait=1.5', undefined],
  ['wait', undefined],
  ['await=5', undefined],
  ['', undefined],
  [undefined, undefined],
])('%j: %s', (header, expected) => {
  expect(preferredWait(header)).toBe(expected);
});
