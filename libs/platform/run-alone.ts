import { run, type Role } from '#libs/host';
import { isOutage } from '#libs/store';
import { platform } from './platform.js';
import { whileFrozen } from './while-frozen.js';

/**
 * The life of a process that has one role. A consumer that has stopped for good ends it, as only a new process brings it back; thrown on a
 * turn of its own, since Kafka's client keeps for itself what its listeners throw.
 */
export const runAlone = (role: Role): Promise<void> =>
  run([role], {
    whileFrozen,
    isOutage,
    infrastructure: (host) =>
      platform(host, {
        fatal: (error) =>
          void setImmediate(() => {
            throw error;
          }),
      }),
  });
