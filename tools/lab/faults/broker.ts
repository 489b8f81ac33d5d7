import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultKind } from './fault.js';

export const broker: FaultKind = {
  name: 'broker',
  says: 'kill -9 of a broker; of several, now and then SIGSTOP instead, so that its leaderships move while it lives',
  async strike({ stack, random, begin }) {
    const { nodes } = stack.kafka;
    const node = random.pick(nodes);
    const freezes = nodes.length > 1 && random.chance(0.3);
    const fault = begin({ whom: `broker ${node.id}`, what: freezes ? 'frozen' : 'killed' });
    if (freezes) {
      process.kill(node.pid!, 'SIGSTOP');
      await sleep(6_000);
      process.kill(node.pid!, 'SIGCONT');
    } else {
      await node.stop('SIGKILL');
      await sleep(random.whole(0, 3_000));
      await node.start();
    }
    fault.end();
  },
};
