export interface PoolSize {
  readonly min: number;
  readonly max: number;
  /** One instance for each so many that wait. */
  readonly each: number;
  /** Who is there stays for so long after he was last wanted, in milliseconds. */
  readonly coolMs: number;
}

/** How much waited for a role at a moment. */
export interface Look {
  readonly at: number;
  readonly lag: number;
}

/** The numbers of deploy/kubernetes/scaling.yaml, but for the most: a machine has few cores. */
export const usual = { min: 1, each: 500, coolMs: 300_000 };

/**
 * How many instances of a role there are to be: KEDA's sum (an average value) and the wait of the autoscaler beneath it. More at once; fewer only
 * when none of the looks of the last while wanted as many, so that a backlog that comes in waves does not start and stop processes all the time.
 */
export function poolSize({ min, max, each, coolMs }: PoolSize, looks: readonly Look[], now: number): number {
  const wanted = looks.filter(({ at }) => at > now - coolMs).map(({ lag }) => Math.ceil(lag / each));
  return Math.min(max, Math.max(min, ...wanted));
}

/** A process keeps so many connections unless it is told otherwise, two that listen come on top, and the stack itself has two. */
const [keeps, listens, ours] = [10, 2, 2];

/** How many processes of pools the database has connections for, beside so many that are there for good. */
export const roomFor = (connections: number, forGood: number, each = keeps): number =>
  Math.max(0, Math.floor((connections - ours) / (each + listens)) - forGood);

const form = /^([a-z]+):(\d{1,2})-(\d{1,2})(?:\/(\d{1,6}))?$/;

/**
 * `thumbnails:1-4,payments:1-2/50`: of each role between so many and so many, an instance for each 500 (or 50) that wait. Of a role that is not named: one.
 * @throws {Error} a sentence for whoever has set it
 */
export function readPools(
  text: string | undefined,
  coolSeconds: string | undefined,
  roles: readonly string[],
): ReadonlyMap<string, PoolSize> {
  if (coolSeconds && !/^\d{1,5}$/.test(coolSeconds))
    throw new Error(`POOL_COOL_SECONDS must be a whole number, not ${JSON.stringify(coolSeconds)}.`);
  const coolMs = coolSeconds ? Number(coolSeconds) * 1000 : usual.coolMs;
  const pools = new Map(roles.map((role): [string, PoolSize] => [role, { ...usual, max: usual.min, coolMs }]));
  for (const one of text ? text.split(',') : []) {
    const [, role = '', from, to, each] = form.exec(one.trim()) ?? [];
    const size = { min: Number(from), max: Number(to), each: each ? Number(each) : usual.each, coolMs };
    if (!roles.includes(role) || !(size.min >= 1 && size.max >= size.min && size.each >= 1))
      throw new Error(`POOL must be like thumbnails:1-4 or thumbnails:1-4/500, of ${roles.join(', ')}; not ${JSON.stringify(one)}.`);
    pools.set(role, size);
  }
  return pools;
}
