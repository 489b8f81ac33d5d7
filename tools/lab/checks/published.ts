import type { Check } from '../evidence.js';

/** Of which topics the news of a kind of stream are. */
const topics: Readonly<Record<string, string>> = { order: 'orders', photo: 'photos', account: 'account' };

export const published: Check = {
  name: 'published',
  says: 'every event lies in Kafka, in the topic of its lane',
  look({ streams, records }) {
    const there = new Set(records.map(({ topic, stream, version }) => `${topic} ${stream}/${version}`));
    return [...streams].flatMap(([stream, facts]) => {
      const lane = facts[0]?.meta.lane ?? 'standard';
      const topic = `${topics[stream.slice(0, stream.indexOf(':'))]}${lane === 'standard' ? '' : `.${lane}`}`;
      return facts
        .filter(({ version }) => !there.has(`${topic} ${stream}/${version}`))
        .map(({ version, type }) => `${stream}/${version} (${type}) is not in ${topic}`);
    });
  },
};
