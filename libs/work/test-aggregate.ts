import { reader } from '#libs/decider';
import type { Aggregate } from './aggregate.js';

export type Told = { type: 'Started' | 'Asked' | 'Done' | 'Failed'; data: object };
export type Tell = { tell: Told['type'] };

/** The simplest stream there is, for the runners' specs: it takes note of what it is told, once each. */
export const notes: Aggregate<Tell, Told, readonly string[]> = {
  kind: 'note',
  topic: 'notes',
  read: reader({ Started: {}, Asked: {}, Done: {}, Failed: {} }, {}),
  upcasts: {},
  decider: {
    initial: [],
    evolve: (state, { type }) => [...state, type],
    decide: ({ tell }, state) => (state.includes(tell) && tell !== 'Failed' ? [] : [{ type: tell, data: {} }]),
  },
};
