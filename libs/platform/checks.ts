import type { Bus } from '#libs/bus';
import type { Health, HealthDetails } from '#libs/host';
import { outboxAge, pausedOf, readLeases, stalled, type Database } from '#libs/store';
import type { Lags } from './lags.js';

/** Seconds. What is looked at each quarter of a second and has been due for so long is looked at by nobody. */
const tooLong = 60;
/** Seconds. Two leases of the relay, and one more for a process to come back in. */
const leaderlessFor = 15;

/**
 * How the whole shop is, as any of its processes can see it. A backlog is no failure, and neither is a dead letter, which an operator deals with
 * in his own time; that nobody works, publishes or leads is one.
 */
export function watchShop(
  health: Health,
  { db, bus, lags, needsBroker }: { db: Database; bus: Bus; lags: Lags; needsBroker: boolean },
): void {
  const see = (name: string, check: (signal: AbortSignal) => Promise<HealthDetails | void>, readiness = false): void =>
    health.add({ name, readiness, check });

  see('database', () => db.ping(), true);
  see('broker', (signal) => bus.ping(signal), needsBroker);
  see('lag', () => lags.check());
  see('outbox', async () => {
    const { count, oldestSeconds, parked } = await outboxAge(db);
    if (oldestSeconds > tooLong && (await pausedOf(db, ['relay'])).length === 0)
      throw new Error(`Nobody publishes: ${count} news wait, the oldest for ${Math.round(oldestSeconds)} s.`);
    return { count, oldestSeconds, parked };
  });
  see('leader', async () => {
    const leases = await readLeases(db);
    const free = leases.find(({ freeForSeconds }) => freeForSeconds > leaderlessFor);
    if (free) throw new Error(`Nobody is the ${free.name}’s leader.`);
    return Object.fromEntries(leases.map(({ name, holder }) => [name, holder]));
  });
  see('stalled', async () => {
    const found = await stalled(db, tooLong);
    const { overdueStreams, overdueEffects } = found;
    if (overdueStreams + overdueEffects > 0) {
      throw new Error(
        `${overdueStreams} streams and ${overdueEffects} effects have been due for over ${tooLong} s, and nobody takes them up.`,
      );
    }
    return { ...found };
  });
}
