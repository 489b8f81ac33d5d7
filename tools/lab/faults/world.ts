import type { FaultKind } from './fault.js';

const services = ['gateway', 'printer', 'carrier'];

/** The outside is as frail as the shop: its answers get lost, it hangs up, it says "not now", it dies. */
export const world: FaultKind = {
  name: 'world',
  says: 'answers of bank, printer and carrier that get lost, or the whole outside killed',
  async strike({ stack, random, begin }) {
    const { world } = stack;
    await world.ready();
    if (random.chance(0.3)) {
      world.kill();
      await world.gone();
      return world.ready();
    }
    const fault = begin({ whom: 'world', what: 'answers lost' });
    const body = random.pick([{ loseAnswers: 4 }, { failNext: 3 }, { loseAnswers: 1, failNext: 2 }]);
    const init = { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    await fetch(`${world.url}/faults/${random.pick(services)}`, init);
    fault.end();
  },
};
