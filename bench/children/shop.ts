import { Bus, lanes } from '#libs/bus';
import { start } from '#libs/host';
import { platform, Wake } from '#libs/platform';
import { roles } from '../../apps/backroom/shop.js';

/** The shop's own roles in one process, those named in ROLES. Told `ring`, it looks at its outbox; told `tail`, it says when an order completes. */
const wanted = process.env.ROLES!.split(',');
const running = await start(
  roles.filter(({ name }) => wanted.includes(name)),
  {
    infrastructure: (host) =>
      platform(host, {
        fatal: (error) => {
          throw error;
        },
      }),
  },
);
const { app, url } = running;
process.on('message', (message) => {
  if (message === 'ring') app.get(Wake, { strict: false }).relay(new Set(lanes));
  if (message === 'tail')
    app
      .get(Bus, { strict: false })
      .tail('orders', ({ type, stream }) => void (type === 'OrderCompleted' && process.send!({ completed: stream })));
});
process.on('SIGTERM', () => void running.stop().then(() => process.exit(0)));
process.send!({ url });
