import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultKind } from './fault.js';

/** Longer than the longest lease: an effect's claim, 15 s. */
const frozenMs = 17_500;
/** Both at once, for as long as it takes the one who comes back to try what it had in hand. */
const togetherMs = 3_000;

/** SIGSTOP, a second instance that takes over what the first one holds, SIGCONT: the one who comes back must find its claims gone. */
export const freeze: FaultKind = {
  name: 'freeze',
  says: 'SIGSTOP of a role for longer than all leases, while a second instance takes over; then SIGCONT',
  async strike({ stack, random, roles, begin, signal }) {
    const role = stack.roles.get(random.pick(roles))!;
    await role.ready();
    const fault = begin({ whom: role.name, what: 'frozen' });
    role.freeze();
    const second = await stack.second(role.name);
    await sleep(frozenMs, undefined, { signal }).catch(() => {});
    role.thaw();
    fault.end();
    await sleep(togetherMs, undefined, { signal }).catch(() => {});
    await second.stop();
  },
};
