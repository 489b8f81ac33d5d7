import type { Check } from '../evidence.js';

export const nothingPersonal: Check = {
  name: 'personal',
  says: 'no name, address, e-mail or card is at rest anywhere but in `personal` and the vault',
  look: ({ spilt }) => spilt,
};
