import type { FaultKind } from './fault.js';

export const smtp: FaultKind = {
  name: 'smtp',
  says: 'the SMTP server dies between the last byte of a mail and its 250',
  async strike({ stack, random, begin }) {
    const fault = begin({ whom: 'smtp', what: 'killed' });
    await stack.mail.dieBeforeNext250(random.whole(0, 2_000));
    fault.end();
  },
};
