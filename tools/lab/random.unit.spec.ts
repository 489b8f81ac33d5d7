import { expect, it } from 'vitest';
import { random } from './random.js';

const some = (seed: string): number[] => {
  const draw = random(seed);
  return Array.from({ length: 200 }, () => draw.whole(0, 10));
};

it('draws the same for the same seed, and something else for another', () => {
  expect(some('a')).toEqual(some('a'));
  expect(some('a')).not.toEqual(some('b'));
});

it('draws every number there is, and none beyond', () => {
  expect(new Set(some('a'))).toEqual(new Set([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
});

it('shuffles without losing any', () => {
  const items = [1, 2, 3, 4, 5, 6, 7, 8];
  const shuffled = random('a').shuffled(items);
  expect(shuffled).not.toEqual(items);
  expect(shuffled.toSorted()).toEqual(items);
});

it('is not moved by what a fork draws', () => {
  const [one, other] = [random('a'), random('a')];
  one.fork('x').next();
  expect(one.next()).toBe(other.next());
});
