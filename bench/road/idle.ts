import type { Database } from '#libs/store';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuMs } from '../machine/cpu.js';
import { commits, fsyncMs } from '../machine/database.js';
import { figure, load, median, quantile, ratios, table } from '../machine/figures.js';
import { asked, onStage } from '../machine/stage.js';
import { consolidated } from './contestants.js';
import { placerAt, type Placed } from './place-one.js';

export interface IdleOptions {
  readonly orders: number;
}

/** What waits for the disk on the way of an order through one process: accept, five steps of consumers, four of effects, the end. */
const commitsOnTheWay = 11;
const idleSeconds = 10;

/** One order at a time in the consolidated host: how long from placing to completed, and where it goes. And what the host costs with nothing to do. */
export const idle = ({ orders }: IdleOptions): Promise<void> =>
  onStage(async ({ server, dir, child }) => {
    const world = await child('bench/children/world.js');
    const shop = await consolidated(server, dir);
    const fsync = await fsyncMs(shop.bench);
    const team = await shop.start(world);
    const place = placerAt(team);
    const warm = Math.max(20, orders / 5);
    for (let n = 0; n < warm; n++) await place();

    const pids = [...team.node, server.pid!];
    const restBefore = { cpu: cpuMs(pids), commits: await commits(shop.bench) };
    await sleep(idleSeconds * 1000);
    const rest = {
      cpu: (cpuMs(pids) - restBefore.cpu) / idleSeconds,
      commits: ((await commits(shop.bench)) - restBefore.commits) / idleSeconds,
    };

    const before = { cpu: cpuMs(pids), commits: await commits(shop.bench) };
    const took: Placed[] = [];
    for (let n = 0; n < orders; n++) took.push(await place());
    const cpu = (cpuMs(pids) - before.cpu) / orders;
    await team.stop();
    const committed = ((await commits(shop.bench)) - before.commits) / orders;
    await shop.check(orders + warm, await asked(world));

    const p50 = median(took.map((one) => one.completed));
    console.log(`\n${orders} orders one after the other in one process, each checked; load average ${load()}\n`);
    console.log(
      table(
        ['', ''],
        [
          ['placed → completed, p50', `${figure(p50)} ms`],
          [
            'placed → completed, p99',
            `${figure(
              quantile(
                took.map((one) => one.completed),
                0.99,
              ),
            )} ms`,
          ],
          ['of it until 202, p50', `${figure(median(took.map((one) => one.accepted)))} ms`],
          [`${commitsOnTheWay} fsyncs of its commits`, `${figure(commitsOnTheWay * fsync)} ms`],
          ['CPU an order', `${figure(cpu)} ms`],
          ['transactions an order', figure(committed)],
          ['idle: CPU a second', `${figure(rest.cpu)} ms`],
          ['idle: transactions a second', figure(rest.commits)],
        ],
      ),
    );
    console.log(`\nwhere it goes, p50 ms between events\n${await between(shop.bench.db)}`);
    console.log(
      `\n${ratios([{ name: 'p50 against the fsyncs of its commits', value: p50 / (commitsOnTheWay * fsync), wanted: { atMost: 4 } }])}`,
    );
    await shop.bench.close();
  });

async function between(db: Database): Promise<string> {
  const rows = await db.run<{ type: string; ms: number }>(
    'idle-between',
    `SELECT type, percentile_cont(0.5) WITHIN GROUP (ORDER BY ms)::float8 AS ms
     FROM (SELECT type, version, extract(epoch FROM at - lag(at) OVER (PARTITION BY stream ORDER BY version)) * 1000 AS ms FROM events) e
     WHERE version > 1 GROUP BY type ORDER BY min(version)`,
    [],
  );
  return table(
    ['until', 'ms'],
    rows.map(({ type, ms }) => [type, figure(ms)]),
  );
}
