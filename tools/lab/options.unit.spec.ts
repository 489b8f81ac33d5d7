import { expect, it } from 'vitest';
import { readOptions, Usage } from './options.js';

const known = { faults: ['boundaries', 'kill'], mutations: ['talkative'], roles: ['api', 'relay'] };
const read = (...args: string[]) => readOptions(args, known);

it('does everything to everybody unless told otherwise', () => {
  expect(read()).toMatchObject({ minutes: 2, brokers: 1, perSecond: 3, roles: undefined, faults: known.faults, mutate: undefined });
  expect(read().seed).not.toBe(read().seed);
});

it('takes lists, numbers and names', () => {
  expect(
    read('--roles', 'api, relay', '--faults', 'kill', '--minutes', '0.5', '--brokers', '3', '--seed', 's', '--mutate', 'all'),
  ).toMatchObject({
    roles: ['api', 'relay'],
    faults: ['kill'],
    minutes: 0.5,
    brokers: 3,
    seed: 's',
    mutate: 'all',
  });
  expect(read('--faults', 'none').faults).toEqual([]);
});

it.each([
  [['--roles', 'bank'], /"bank" is none of api, relay/],
  [['--faults', 'rain'], /"rain" is none of/],
  [['--mutate', 'x'], /"x" is none of talkative/],
  [['--minutes=-1'], /must be a number above 0/],
  [['--minutes', 'soon'], /must be a number above 0/],
  [['--brokers', '2'], /must be 1 or 3/],
  [['--what'], /--what/],
  [['--help'], /npm run lab -- \[options\]/],
])('says what is wrong with %j', (args, sentence) => {
  expect(() => read(...args)).toThrow(Usage);
  expect(() => read(...args)).toThrow(sentence);
});
