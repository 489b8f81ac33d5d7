import type { Check } from '../evidence.js';

export const versions: Check = {
  name: 'versions',
  says: 'the versions of each stream count from 1 without gaps',
  look: ({ streams }) =>
    [...streams].flatMap(([stream, facts]) => {
      const gap = facts.findIndex(({ version }, n) => version !== n + 1);
      return gap < 0 ? [] : [`${stream} has ${facts[gap]!.version} where ${gap + 1} should be`];
    }),
};
