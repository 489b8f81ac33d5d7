import type { Check, Evidence } from '../evidence.js';

/** Promise 1. The clients' own notes against the streams. */
export const acceptedOrders: Check = {
  name: 'accepted',
  says: 'every order that was answered with 202 is there, once for each key, as it was placed',
  look({ accepted, streams }: Evidence) {
    const lost = accepted.flatMap(({ id, key, ids, total, kind }) => {
      const placed = streams.get(`order:${id}`)?.[0];
      if (!placed) return [`${id} (${kind}) was accepted and is not there`];
      const others = new Set(ids.filter((one) => one !== id));
      if (others.size) return [`key ${key} led to ${id} and to ${[...others].join(', ')}`];
      const amount = (placed.data as { total?: { amount: number } }).total?.amount;
      if (placed.type !== 'OrderPlaced' || amount !== total) return [`${id} begins with ${placed.type} over ${amount}, not ${total}`];
      return [];
    });
    const known = new Set(accepted.map(({ id }) => `order:${id}`));
    const unknown = [...streams.keys()].filter((stream) => stream.startsWith('order:') && !known.has(stream));
    return [...lost, ...unknown.map((stream) => `${stream} is there and nobody was told of it: a key that made two orders`)];
  },
};
