import { setTimeout as sleep } from 'node:timers/promises';
import type { KeptAlive } from './kept-alive.js';
import { poolSize, type Look, type PoolSize } from './pool-size.js';

export interface Pool {
  readonly role: string;
  readonly size: PoolSize;
  readonly instances: readonly KeptAlive[];
  /** From now on; who is too many is stopped, who is wanting started. */
  set(size: Pick<PoolSize, 'min' | 'max' | 'each'>): void;
  /** All of its instances, each within so many milliseconds. */
  stop(graceMs: number): Promise<void>;
}

const everyMs = 1_000;

/** As many instances of a role as its work wants: looked at each second, started at once, stopped politely, the last first. */
export function startPool({
  role,
  size: first,
  lag,
  launch,
  say,
  graceMs,
}: {
  role: string;
  size: PoolSize;
  /** How much waits for it; undefined where that cannot be said: then there are as many as there were. */
  lag: () => Promise<number | undefined>;
  /** The first has the role's own port, the others any. */
  launch: (nth: number) => Promise<KeptAlive>;
  say: (sentence: string) => void;
  graceMs: number;
}): Pool {
  const instances: KeptAlive[] = [];
  const end = new AbortController();
  let size = first;
  let looks: Look[] = [];
  let woken = new AbortController();

  const resize = async (wanted: number, waiting?: number): Promise<void> => {
    if (wanted !== instances.length && instances.length > 0)
      say(`${instances.length} → ${wanted} of ${role}${waiting === undefined ? '' : `, ${waiting} wait`}`);
    while (instances.length < wanted && !end.signal.aborted) instances.push(await launch(instances.length));
    while (instances.length > wanted && !end.signal.aborted) await instances.pop()!.stop(graceMs);
  };
  const look = async (): Promise<void> => {
    // Of a pool that has but one size it is not asked what waits.
    const found = size.min < size.max ? await lag().catch(() => undefined) : undefined;
    if (found === undefined) return resize(Math.min(size.max, Math.max(size.min, instances.length)));
    const now = performance.now();
    looks = [...looks.filter(({ at }) => at > now - size.coolMs), { at: now, lag: found }];
    await resize(poolSize(size, looks, now), found);
  };
  const follow = async (): Promise<void> => {
    await resize(size.min);
    while (!end.signal.aborted) {
      woken = new AbortController();
      await look();
      await sleep(everyMs, undefined, { signal: woken.signal }).catch(() => {});
    }
  };
  const following = follow();
  return {
    role,
    get size() {
      return size;
    },
    instances,
    set({ min, max, each }) {
      size = { ...size, min, max, each };
      say(`${role} is to have ${min === max ? min : `${min} to ${max}, one for each ${each} that wait`}`);
      woken.abort();
    },
    async stop(withinMs) {
      end.abort();
      woken.abort();
      await following;
      await Promise.all(instances.map((one) => one.stop(withinMs)));
    },
  };
}
