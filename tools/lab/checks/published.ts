import type { Check } from '../evidence.js';

export const published: Check = {
  name: 'published',
  says: 'every event lies in Kafka, in the topic of its lane',
  look({ streams, records }) {
    const there = new Set(records.map(({ topic, stream, version }) => `${topic} ${stream}/${version}`));
    return [...streams].flatMap(([stream, facts]) => {
      const lane = facts[0]?.meta.lane ?? 'standard';
      const topic = `${stream.slice(0, stream.indexOf(':'))}s${lane === 'standard' ? '' : `.${lane}`}`;
      return facts
        .filter(({ version }) => !there.has(`${topic} ${stream}/${version}`))
        .map(({ version, type }) => `${stream}/${version} (${type}) is not in ${topic}`);
    });
  },
};
