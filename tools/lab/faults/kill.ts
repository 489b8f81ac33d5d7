import type { FaultKind } from './fault.js';

/** kill -9 at a moment nobody chose. The supervisor that starts a role again writes the fault down. */
export const kill: FaultKind = {
  name: 'kill',
  says: 'kill -9 of a role at a random moment',
  async strike({ stack, random, roles }) {
    const role = stack.roles.get(random.pick(roles))!;
    await role.ready();
    if (role.frozen) return;
    role.kill();
    await role.gone();
    await role.ready();
  },
};
