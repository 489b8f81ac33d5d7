/** A run is told by its seed: what is ordered, and which fault comes when. (What the machine does meanwhile is not.) */
export interface Random {
  /** 0 ≤ x < 1 */
  next(): number;
  /** from ≤ n < to, whole */
  whole(from: number, to: number): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
  shuffled<T>(items: readonly T[]): T[];
  /** Of its own: what one part draws does not move what another one gets. */
  fork(name: string): Random;
}

/** mulberry32, seeded by FNV-1a of the seed's text. */
export function random(seed: string): Random {
  let state = [...seed].reduce((hash, char) => Math.imul(hash ^ char.codePointAt(0)!, 16_777_619), 0x81_1c_9d_c5);
  const next = (): number => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const whole = (from: number, to: number): number => from + Math.floor(next() * (to - from));
  return {
    next,
    whole,
    chance: (probability) => next() < probability,
    pick: (items) => items[whole(0, items.length)]!,
    shuffled: (items) =>
      items
        .map((item) => [next(), item] as const)
        .toSorted(([a], [b]) => a - b)
        .map(([, item]) => item),
    fork: (name) => random(`${seed}/${name}`),
  };
}
