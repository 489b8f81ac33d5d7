import type { Check } from '../evidence.js';

/** Attempts may fail often; all else happens to an order once. */
const often = new Set(['StepFailed', 'RenderingFailed', 'NotificationSent', 'NotificationFailed']);

export const history: Check = {
  name: 'history',
  says: 'no fact stands in a stream twice, and none of the way forward after the cancellation was requested before it',
  look: ({ streams }) =>
    [...streams].flatMap(([stream, facts]) => {
      const types = facts.map(({ type }) => type);
      const twice = new Set(types.filter((type, n) => !often.has(type) && types.indexOf(type) < n));
      const cancelled = types.indexOf('CancellationRequested');
      const handed = types.indexOf('HandoverStarted');
      return [
        ...[...twice].map((type) => `${stream}: ${type} stands there twice`),
        ...(cancelled >= 0 && handed >= 0 ? [`${stream}: cancelled (${cancelled + 1}) and handed over (${handed + 1})`] : []),
      ];
    }),
};
