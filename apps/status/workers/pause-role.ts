import { listWorkers, pauseWorker, type Database } from '#libs/store';
import { setTimeout as sleep } from 'node:timers/promises';

/** Two beats and a little: who has not said so by then hangs, and will not escape it. */
const allWithinMs = 5_000;

/**
 * Tells all processes of a role to rest, or to go on, and waits for their word.
 * @param now has those of this process hear of it at once
 * @returns the ids of those that have given it, and of those that have not; `undefined` if there is no such role
 */
export async function pauseRole(
  db: Database,
  role: string,
  paused: boolean,
  now: () => Promise<void> = async () => {},
): Promise<{ done: readonly string[]; silent: readonly string[] } | undefined> {
  if (!(await pauseWorker(db, role, paused))) return undefined;
  await now();
  for (const until = performance.now() + allWithinMs; ; await sleep(50)) {
    const { instances = [] } = (await listWorkers(db)).find((one) => one.role === role) ?? {};
    const ids = (so: boolean) => instances.filter((one) => (one.paused === paused) === so).map(({ id }) => id);
    if (ids(false).length === 0 || performance.now() > until) return { done: ids(true), silent: ids(false) };
  }
}
