import { run } from '#libs/host';
import { welcome } from './welcome.js';
import { roles, shop } from './shop.js';

await run(roles, {
  defaults: { STOP_WITHIN_SECONDS: '4' },
  async infrastructure(host) {
    const parts = await shop(host, (error) => {
      throw error;
    });
    host.health.whenReady(() => console.log(welcome(host.settings)));
    return parts;
  },
});
