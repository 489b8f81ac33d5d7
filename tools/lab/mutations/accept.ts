import { setTimeout as sleep } from 'node:timers/promises';
import type { NamedMutation } from './mutation.js';

export const answerFirst: NamedMutation = {
  name: 'answer-first',
  breaks: 'the front door says 202 a moment before the order is written down',
  red: 'accepted',
  faults: ['kill'],
  roles: ['api'],
  how: {
    async statement(query, ask) {
      if (query.name !== 'accept') return ask(query);
      void sleep(400)
        .then(() => ask(query))
        .catch(() => {});
      return { rows: (query.values![0] as string[]).map((stream) => ({ stream })) };
    },
  },
};

export const talkative: NamedMutation = {
  name: 'talkative',
  breaks: 'the event of an order says whom it is for',
  red: 'personal',
  faults: [],
  how: {
    statement(query, ask) {
      if (query.name !== 'accept') return ask(query);
      const values = [...query.values!];
      const [placed, personal] = [values[2], values[3]] as [string[], string[]];
      values[2] = placed.map((data, n) => JSON.stringify({ ...JSON.parse(data), for: JSON.parse(personal[n]!) }));
      return ask({ ...query, values });
    },
  },
};
