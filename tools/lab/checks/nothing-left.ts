import type { Check } from '../evidence.js';

export const nothingLeft: Check = {
  name: 'left',
  says: 'nothing is left behind: no open or dead effect, no dead letter, nothing unpublished, no card in the vault',
  look: ({ leftovers }) => leftovers,
};
