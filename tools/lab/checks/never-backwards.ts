import type { Check, Seen } from '../evidence.js';

const order = ['none', 'placed', 'paying', 'printing', 'shipping', 'cancelling'];
/** All ends rank alike: none may follow another. */
const rank = (status: string): number => (order.includes(status) ? order.indexOf(status) : order.length);

function worse(before: Seen, after: Seen): string | undefined {
  const then = `${before.by} ${before.version} ${before.status} ${before.progress} %, then ${after.by} ${after.version} ${after.status} ${after.progress} %`;
  if (after.version < before.version) return `the version fell: ${then}`;
  if (after.progress < before.progress) return `the progress fell: ${then}`;
  if (rank(after.status) < rank(before.status)) return `the status went back: ${then}`;
  if (rank(before.status) === order.length && after.status !== before.status) return `it ended twice: ${then}`;
  return undefined;
}

export const neverBackwards: Check = {
  name: 'backwards',
  says: 'what clients saw never ran backwards, in whichever way they looked; a stream told every version, in order, once',
  look({ seen }) {
    const wrong: string[] = [];
    const orders = new Map<string, Seen[]>();
    for (const one of seen) orders.set(one.id, [...(orders.get(one.id) ?? []), one]);
    for (const [id, all] of orders) {
      const said = new Set<string>();
      // What was asked after an answer had come must not be older than it. A stream's answers come in their order, long after it was asked.
      const gets = all.filter(({ by }) => by === 'get').toSorted((a, b) => a.asked - b.asked);
      const told = all.toSorted((a, b) => a.answered - b.answered);
      let n = 0;
      let newest: Seen | undefined;
      for (const get of gets) {
        for (; n < told.length && told[n]!.answered < get.asked; n++) if (!newest || told[n]!.version >= newest.version) newest = told[n];
        if (get.version === 0) said.add('404 after 202');
        const why = newest && worse(newest, get);
        if (why) said.add(why);
      }
      for (const connection of new Set(all.filter(({ by }) => by === 'stream').map(({ reader }) => reader))) {
        const line = all.filter(({ reader }) => reader === connection);
        line.forEach((one, at) => {
          const before = at ? line[at - 1]!.version : Number(connection.split(' ').at(-1));
          if (one.version !== before + 1) said.add(`${connection}: ${one.version} after ${before}`);
          const why = at && worse(line[at - 1]!, one);
          if (why) said.add(why);
        });
      }
      wrong.push(...[...said].map((what) => `${id}: ${what}`));
    }
    return wrong;
  },
};
