import { setTimeout as sleep } from 'node:timers/promises';
import type { KeptAlive } from './kept-alive.js';
import { poolSize, type Look, type PoolSize } from './pool-size.js';

export interface Pool {
  /** All of its instances, each within so many milliseconds. */
  stop(graceMs: number): Promise<void>;
}

const everyMs = 1_000;

/** As many instances of a role as its work wants: looked at each second, started at once, stopped politely, the last first. */
export function startPool({
  role,
  size,
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
  let looks: Look[] = [];

  const resize = async (wanted: number): Promise<void> => {
    if (wanted !== instances.length && instances.length > 0) say(`${instances.length} → ${wanted} of ${role}, ${looks.at(-1)?.lag} wait`);
    while (instances.length < wanted && !end.signal.aborted) instances.push(await launch(instances.length));
    while (instances.length > wanted && !end.signal.aborted) await instances.pop()!.stop(graceMs);
  };
  const follow = async (): Promise<void> => {
    await resize(size.min);
    for (; !end.signal.aborted; await sleep(everyMs, undefined, { signal: end.signal }).catch(() => {})) {
      const now = performance.now();
      const found = await lag().catch(() => undefined);
      if (found === undefined) continue;
      looks = [...looks.filter(({ at }) => at > now - size.coolMs), { at: now, lag: found }];
      await resize(poolSize(size, looks, now));
    }
  };
  const following = follow();
  return {
    async stop(withinMs) {
      end.abort();
      await following;
      await Promise.all(instances.map((one) => one.stop(withinMs)));
    },
  };
}
