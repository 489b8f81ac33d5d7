import { run, type Host, type Infrastructure, type Role } from '#libs/host';
import { isOutage } from '#libs/store';
import { platform } from './platform.js';
import { whileFrozen } from './while-frozen.js';

/**
 * The life of a process that has one role. A consumer that has stopped for good ends it, as only a new process brings it back; thrown on a
 * turn of its own, since Kafka's client keeps for itself what its listeners throw.
 * @param more further modules, by its settings
 */
export const runAlone = (role: Role, more: (host: Host) => Promise<Infrastructure['modules']> = async () => []): Promise<void> =>
  run([role], {
    whileFrozen,
    isOutage,
    async infrastructure(host) {
      const beside = await more(host);
      const { modules, close } = await platform(host, {
        fatal: (error) =>
          void setImmediate(() => {
            throw error;
          }),
      });
      return { modules: [...modules, ...beside], close };
    },
  });
