import { contradictionsIn } from '#libs/order';
import type { Check } from '../evidence.js';

export const history: Check = {
  name: 'history',
  says: 'no fact stands in a stream twice, and none of the way forward after the cancellation was requested before it',
  look: ({ streams }) => [...streams].flatMap(([stream, facts]) => contradictionsIn(facts).map((what) => `${stream}: ${what}`)),
};
