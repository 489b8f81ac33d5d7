import { setTimeout as sleep } from 'node:timers/promises';
import { altered } from './altered.js';
import type { NamedMutation } from './mutation.js';

export const staleReads: NamedMutation = {
  name: 'stale-reads',
  breaks: 'a read shows the projection’s row as it stands, however old',
  red: 'backwards',
  faults: [],
  how: {
    async statement(query, ask) {
      if (query.name === 'status-write') await sleep(300);
      const after = query.name === 'load' ? (query.values![1] as number[]) : [];
      return after.some((version) => version > 0) ? { rows: [] } : ask(query);
    },
  },
};

export const frozenPicture: NamedMutation = {
  name: 'frozen-picture',
  breaks: 'the projection raises an order’s version and forgets its picture',
  red: 'projection',
  faults: [],
  how: {
    statement: (query, ask) =>
      ask(query.name === 'status-write' ? { ...query, text: altered(query.text, /, view = excluded\.view/, '') } : query),
  },
};
