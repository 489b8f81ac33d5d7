import type { Postgres } from '#tools/postgres';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Child } from '../machine/child.js';
import { cpuMs } from '../machine/cpu.js';
import { commits } from '../machine/database.js';
import type { Contestant } from './contestants.js';

export interface Run {
  readonly ordersPerSecond: number;
  /** CPU milliseconds an order, of all that is needed to do the work. */
  readonly cpu: number;
  readonly node: number;
  readonly postgres: number;
  readonly broker: number;
  /** Apart: the outside is not the shop's. */
  readonly world: number;
  /** Transactions committed an order, warm-up and polling included. */
  readonly commits: number;
}

const longest = 300_000;

/** One repetition: starts the contestant, warms it up, has it take `orders` from placed to completed, ends it. */
export async function measure(who: Contestant, server: Postgres, world: Child, orders: number, before: { count: number }): Promise<Run> {
  const commitsBefore = await commits(who.bench);
  const team = await who.start(world);
  const warm = Math.max(50, Math.round(orders / 4));
  const parts = { node: team.node, postgres: [server.pid!], broker: team.broker, world: [world.pid] };
  const spent = () =>
    Object.fromEntries(Object.entries(parts).map(([name, pids]) => [name, cpuMs(pids)])) as Record<keyof typeof parts, number>;

  const go = async (count: number) => {
    let began = 0;
    let cpu = spent();
    await who.bench.db.transaction(async (tx) => {
      await who.place(tx, count);
      cpu = spent();
      began = Date.now();
    });
    team.go();
    before.count += count;
    const end = Date.now() + longest;
    while (!(await who.through(before.count))) {
      if (Date.now() > end) throw new Error(`${who.name}: the orders are not through after ${longest / 1000} s`);
      await sleep(50);
    }
    const now = spent();
    const took = (await who.ended()) - began;
    const each = (name: keyof typeof parts): number => (now[name] - cpu[name]) / count;
    const [node, postgres, broker] = [each('node'), each('postgres'), each('broker')];
    return { ordersPerSecond: (count * 1000) / took, cpu: node + postgres + broker, node, postgres, broker, world: each('world') };
  };

  let run;
  try {
    await go(warm);
    run = await go(orders);
  } finally {
    await team.stop();
  }
  return { ...run, commits: ((await commits(who.bench)) - commitsBefore) / (orders + warm) };
}
