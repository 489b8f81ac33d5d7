import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultKind } from './fault.js';

export const postgres: FaultKind = {
  name: 'postgres',
  says: 'kill -9 of PostgreSQL',
  async strike({ stack, random, begin }) {
    const fault = begin({ whom: 'postgres', what: 'killed' });
    await stack.postgres.kill();
    await sleep(random.whole(0, 2_500));
    await stack.postgres.start();
    fault.end();
  },
};
