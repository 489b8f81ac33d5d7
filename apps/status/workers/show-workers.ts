import type { Bus } from '#libs/bus';
import { listWorkers, type Database, type WorkerRow } from '#libs/store';

export interface ShownWorker {
  readonly role: string;
  readonly instances: readonly { readonly id: string; readonly startedAt: string; readonly leader: boolean; readonly frozen: boolean }[];
  /** What waits for it: news that its groups have not handled, and what is due and taken up by nobody. `null`: the broker does not answer. */
  readonly lag: number | null;
  /** Done a second by all its instances, lately. */
  readonly rate: number;
  readonly paused: boolean;
}

/** A group's lag is asked for each two seconds at most, however many look. */
const freshMs = 2_000;

/** @returns a function that tells of every role, with the processes that are there */
export function makeShowWorkers(db: Database, bus: Bus): () => Promise<ShownWorker[]> {
  const known = new Map<string, { at: number; lag: Promise<number> }>();
  const lagOf = (group: string, topic: string): Promise<number> => {
    const name = `${group} ${topic}`;
    const last = known.get(name);
    if (last && performance.now() - last.at < freshMs) return last.lag;
    const lag = bus.lag(group, topic).then(({ messages }) => messages);
    known.set(name, { at: performance.now(), lag });
    return lag;
  };
  const shown = async ({ role, groups, instances, waiting, paused }: WorkerRow): Promise<ShownWorker> => {
    const lags = await Promise.all(groups.map(({ group, topic }) => lagOf(group, topic))).catch(() => undefined);
    return {
      role,
      instances: instances.map(({ id, startedAt, leader, frozen }) => ({ id, startedAt, leader, frozen })),
      lag: lags === undefined ? null : lags.reduce((a, b) => a + b, waiting),
      rate: Math.round(instances.reduce((sum, { rate }) => sum + rate, 0) * 100) / 100,
      paused,
    };
  };
  return async () => Promise.all((await listWorkers(db)).map(shown));
}
