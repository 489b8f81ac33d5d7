import { randomUUID } from 'node:crypto';
import type { NamedMutation } from './mutation.js';

/** Where in the values of a statement the length of the lease stands. */
const lease: Readonly<Record<string, number>> = { 'effects-insert': 7, 'effects-claim': 3, 'effects-hold': 2 };

export const dropClaim: NamedMutation = {
  name: 'drop-claim',
  breaks: 'a claim on an effect lasts for no time at all',
  red: 'mails',
  faults: [],
  how: {
    statement(query, ask) {
      const place = lease[query.name ?? ''];
      return ask(place === undefined ? query : { ...query, values: query.values!.with(place, 0) });
    },
  },
};

export const forgetOutcome: NamedMutation = {
  name: 'forget-outcome',
  breaks: 'half of the mails that are sent are not noted as sent, and come up again',
  red: 'mails',
  faults: [],
  how: {
    statement(query, ask) {
      if (query.name !== 'effects-end') return ask(query);
      const [keys, states, errors, retries, ...rest] = query.values as [string[], string[], unknown[], unknown[], ...unknown[]];
      const forgotten = keys.map((key) => /:order-[a-z]+$/.test(key) && Math.random() < 0.5);
      return ask({
        ...query,
        values: [
          keys,
          states.map((state, n) => (forgotten[n] ? 'open' : state)),
          errors,
          retries.map((ms, n) => (forgotten[n] ? 1_000 : ms)),
          ...rest,
        ],
      });
    },
  },
};

export const newKeyEachTry: NamedMutation = {
  name: 'new-key-each-try',
  breaks: 'each try of a charge has a key of its own, so that nobody can be asked what became of the last one',
  red: 'books',
  faults: ['world', 'boundaries'],
  roles: ['payments'],
  boundaries: /world:POST .*:after/,
  how: {
    request: (options) =>
      options.method === 'POST'
        ? { ...options, headers: { ...options.headers, 'idempotency-key': `${options.headers['idempotency-key']}:${randomUUID()}` } }
        : options,
  },
};

export const actOnTheMessage: NamedMutation = {
  name: 'act-on-the-message',
  breaks: 'a message is acted on because it came, not because of what is still to be done',
  red: 'books',
  faults: ['boundaries'],
  roles: ['payments', 'fulfilment'],
  boundaries: /bus:commit .*:before/,
  how: {
    async statement(query, ask) {
      if (query.name === 'effects-insert') {
        const [keys, ...rest] = query.values as [string[], ...unknown[]];
        return ask({ ...query, values: [keys.map((key) => `${key}:${randomUUID()}`), ...rest] });
      }
      const answer = await ask(query);
      if (query.name !== 'bookmarks-take') return answer;
      return { ...answer, rows: answer.rows.map((row) => ({ ...row, version: 0, waits: false })) };
    },
  },
};

export const keepCards: NamedMutation = {
  name: 'keep-cards',
  breaks: 'a card stays in the vault after its payment was authorised',
  red: 'left',
  faults: [],
  how: { statement: async (query, ask) => (query.name === 'vault-forget' ? { rows: [] } : ask(query)) },
};
