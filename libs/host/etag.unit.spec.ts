import { expect, test } from 'vitest';
import { matches } from './etag.js';

test.each([
  ['"7"', true],
  ['W/"7"', true],
  ['"6", "7"', true],
  ['"6",W/"7" , "8"', true],
  [' * ', true],
  ['"a,"7"', false],
  ['"1,7"', false],
  ['7', false],
  ['"77"', false],
  ['', false],
  [undefined, false],
])('%s against "7": %s', (header, expected) => {
  expect(matches(header, '"7"')).toBe(expected);
});
