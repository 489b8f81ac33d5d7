import type { Aggregate } from './aggregate.js';

export type Told = { type: 'Started' | 'Asked' | 'Done' | 'Failed'; data: object };
export type Tell = { tell: Told['type'] };

/** The simplest stream there is, for the runners' specs: it takes note of what it is told, once each. */
export const notes: Aggregate<Tell, Told, readonly string[]> = {
  kind: 'note',
  topic: 'notes',
  read: (type, data) =>
    ['Started', 'Asked', 'Done', 'Failed'].includes(type) ? { type: type as Told['type'], data: data as object } : undefined,
  decider: {
    initial: [],
    evolve: (state, { type }) => [...state, type],
    decide: ({ tell }, state) => (state.includes(tell) && tell !== 'Failed' ? [] : [{ type: tell, data: {} }]),
  },
};
