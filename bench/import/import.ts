import { readSealed } from '#libs/imports';
import { FilesystemObjects } from '#libs/objects';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { csvOfOrders } from '../../libs/imports/files.fixture.js';
import type { Child } from '../machine/child.js';
import { bar } from '../machine/bar.js';
import { figure, load, median, quantile, ratios, table } from '../machine/figures.js';
import { asked, onStage, type Stage } from '../machine/stage.js';
import { consolidated, operatorToken, secrets, type Contestant, type Team } from '../road/contestants.js';
import { placerAt } from '../road/place-one.js';

export interface ImportOptions {
  /** In the file that is worked off. */
  readonly backlog: number;
  /** Placed by hand, one after another. */
  readonly orders: number;
  /** In the file whose reception is measured. */
  readonly lines: number;
}

/** How soon an order is completed while a file of orders is worked off, against an idle shop. And what the front door needs to receive a large file. */
export const imports = ({ backlog, orders, lines }: ImportOptions): Promise<void> =>
  onStage(async (stage) => {
    const shown = bar(3);
    shown.step('an idle shop, then a file worked off beside');
    const shop = await consolidated(stage.server, stage.dir, { jobs: true });
    const took = await beside(stage, shop, backlog, orders);
    shown.step(`${lines} lines are received`);
    const reception = await receive(stage, shop, lines);
    await shop.bench.close();
    shown.step('');
    shown.end();
    report(took, reception, { backlog, orders, lines });
  });

type Shop = Contestant<Team & Child>;
type Took = Readonly<Record<'idle' | 'beside', readonly number[]>>;

async function beside({ child }: Stage, shop: Shop, backlog: number, orders: number): Promise<Took> {
  const world = await child('bench/children/world.js');
  const team = await shop.start(world);
  const place = placerAt(team);
  const several = async (count: number, going = async () => true): Promise<number[]> => {
    const all: number[] = [];
    while (all.length < count && (await going())) all.push((await place()).completed);
    return all;
  };
  const warm = 50;
  await several(warm);
  const idle = await several(orders);
  const run = await send(team.url, csvOfOrders(backlog));
  // It is under way once its first orders are through.
  await until(async () => (await completed(shop)) > warm + orders);
  const during = await several(orders, async () => (await completed(shop)) < backlog);
  if (during.length < orders) console.error(`The file was worked off by then: only ${during.length} orders were placed beside it.`);
  await until(async () => (await stateOf(team.url, run)) === 'succeeded' && (await shop.through(0)));
  await team.stop();
  await shop.check(warm + orders + during.length + backlog, await asked(world));
  return { idle, beside: during };
}

/** Megabytes that the door has grown by at its highest, and seconds. @throws {Error} unless each line is kept, sealed */
async function receive({ dir, child }: Stage, { name, bench }: Shop, lines: number): Promise<{ grown: number; seconds: number }> {
  const DATA_DIR = path.join(dir, name);
  const door = await child('bench/children/shop.js', { ...secrets, ROLES: 'api,status', DATABASE_URL: bench.url, DATA_DIR });
  const file = csvOfOrders(lines, 'received-');
  const before = memoryOf(door, 'VmRSS');
  const began = performance.now();
  await send(door.url, file);
  const seconds = (performance.now() - began) / 1000;
  const grown = memoryOf(door, 'VmHWM') - before;
  const [kept] = await bench.db.run<{ input: { object: string } }>('bench-run', `SELECT input FROM runs WHERE state = 'queued'`, []);
  const sealed = await readSealed(await FilesystemObjects.open(path.join(DATA_DIR, 'objects')), kept!.input.object, 0, lines + 1);
  const entries = sealed!.entries.filter((entry) => 'sealed' in entry).length;
  if (entries !== lines) throw new Error(`Of ${lines} lines ${entries} are kept.`);
  return { grown, seconds };
}

/** proc(5): what it has in memory now, or had at its highest. In megabytes. */
const memoryOf = ({ pid }: Child, what: 'VmRSS' | 'VmHWM'): number =>
  Number(new RegExp(`${what}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024;

const authorization = `Bearer ${operatorToken}`;

/** @returns the run's id */
async function send(url: string, file: string): Promise<string> {
  const answer = await fetch(`${url}/imports`, { method: 'POST', headers: { authorization, 'content-type': 'text/csv' }, body: file });
  if (answer.status !== 202) throw new Error(`The file was answered by ${answer.status}: ${await answer.text()}`);
  return ((await answer.json()) as { id: string }).id;
}

async function stateOf(url: string, run: string): Promise<string> {
  const answer = await fetch(`${url}/job-runs/${run}`, { headers: { authorization } });
  return ((await answer.json()) as { state: string }).state;
}

async function completed({ bench }: Shop): Promise<number> {
  const [row] = await bench.db.run<{ n: number }>(
    'bench-completed',
    `SELECT count(*)::int AS n FROM order_status WHERE status = 'completed'`,
    [],
  );
  return row!.n;
}

async function until(so: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 600_000; !(await so()); await sleep(100))
    if (Date.now() > end) throw new Error('The file is not worked off after ten minutes.');
}

function report(took: Took, { grown, seconds }: { grown: number; seconds: number }, { backlog, orders, lines }: ImportOptions): void {
  console.log(`\n${orders} orders by hand in each shop, a file of ${backlog} orders; each checked; load average ${load()}\n`);
  console.log(
    table(
      ['placed → completed', 'p50 ms', 'p95 ms'],
      [
        ['in an idle shop', figure(median(took.idle)), figure(quantile(took.idle, 0.95))],
        ['beside a file', figure(median(took.beside)), figure(quantile(took.beside, 0.95))],
      ],
    ),
  );
  console.log(
    `\n${lines} lines received in ${figure(seconds)} s (${figure(lines / seconds)} a second), each sealed; the door has grown by ${figure(grown)} MB\n`,
  );
  console.log(
    ratios([
      { name: 'p95, beside a file against idle', value: quantile(took.beside, 0.95) / quantile(took.idle, 0.95), wanted: { atMost: 2 } },
      { name: 'MB of the door above idle', value: grown, wanted: { atMost: 200 } },
    ]),
  );
}
