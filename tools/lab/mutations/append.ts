import { setTimeout as sleep } from 'node:timers/promises';
import { altered } from './altered.js';
import type { NamedMutation } from './mutation.js';

export const ignoreConflicts: NamedMutation = {
  name: 'ignore-conflicts',
  breaks: 'events are appended whatever has been appended since they were decided',
  red: 'history',
  faults: [],
  how: {
    async statement(query, ask) {
      if (query.name !== 'append') return ask(query);
      const columns = 'stream, version, type, data, meta, at, lane, first';
      const latest = `coalesce((SELECT max(e.version) FROM events e WHERE e.stream = raw.stream), 0)`;
      const text = altered(
        altered(query.text, 'WITH given AS (', 'WITH raw AS ('),
        /(AS t \([^)]*\)\s*\))/,
        `$1, given AS (SELECT ${columns.replace('version', `(${latest} + 1 + version - min(version) OVER (PARTITION BY stream))::int AS version`)} FROM raw)`,
      );
      // Time enough for the other one to decide on the same state.
      await sleep(400);
      return ask({ ...query, text });
    },
  },
};

export const leaveGaps: NamedMutation = {
  name: 'leave-gaps',
  breaks: 'a version is left out',
  red: 'versions',
  faults: [],
  how: {
    statement(query, ask) {
      if (query.name !== 'append') return ask(query);
      const [streams, versions, ...rest] = query.values as [string[], number[], ...unknown[]];
      return ask({ ...query, values: [streams, versions.map((version) => (version > 4 ? version + 1 : version)), ...rest] });
    },
  },
};

export const sayTwice: NamedMutation = {
  name: 'say-twice',
  breaks: 'what is decided is not asked whether it is known already: a fact is written down twice',
  red: 'history',
  faults: [],
  how: {
    statement(query, ask) {
      if (query.name !== 'append') return ask(query);
      const [streams, versions, types, ...rest] = query.values as [string[], number[], string[], ...unknown[][]];
      const again = types.flatMap((type, n) => (type === 'Printed' && streams.lastIndexOf(streams[n]!) === n ? [n] : []));
      const more = <T>(column: readonly T[]): T[] => [...column, ...again.map((n) => column[n]!)];
      const first = rest.at(-1) as boolean[];
      return ask({
        ...query,
        values: [
          more(streams),
          [...versions, ...again.map((n) => versions[n]! + 1)],
          more(types),
          ...rest.slice(0, -1).map(more),
          [...first, ...again.map(() => false)],
        ],
      });
    },
  },
};
