import { run } from '#libs/host';
import { whileFrozen } from '#libs/platform';
import { isOutage } from '#libs/store';
import { welcome } from './welcome.js';
import { roles, shop } from './shop.js';

await run(roles, {
  defaults: { STOP_WITHIN_SECONDS: '3', JOBS_DIR: 'jobs' },
  whileFrozen,
  isOutage,
  async infrastructure(host) {
    // On a turn of its own: Kafka's client keeps for itself what its listeners throw.
    const parts = await shop(host, (error) => {
      setImmediate(() => {
        throw error;
      });
    });
    host.health.whenReady(() => console.log(welcome(host.settings)));
    return parts;
  },
});
