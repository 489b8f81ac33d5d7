import { gapIn } from '#libs/order';
import type { Check } from '../evidence.js';

export const versions: Check = {
  name: 'versions',
  says: 'the versions of each stream count from 1 without gaps',
  look: ({ streams }) => [...streams].flatMap(([stream, facts]) => (gapIn(facts) ? [`${stream} ${gapIn(facts)}`] : [])),
};
