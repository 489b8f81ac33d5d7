import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { knock, shopDoor, type Door, type Knock } from '../door/door.js';
import { bar } from '../machine/bar.js';
import { cpuMs } from '../machine/cpu.js';
import { figure, load, median, ratios, table } from '../machine/figures.js';
import { onStage, type Stage } from '../machine/stage.js';
import { operatorToken, secrets } from '../road/contestants.js';
import { takePhoto } from './photo.js';

export interface PhotoOptions {
  readonly photos: number;
  readonly repetitions: number;
}

interface Rendered {
  readonly perSecond: number;
  /** CPU milliseconds a photo. */
  readonly cpu: number;
}

/** How fast photos are rendered, against bare sharp; and what a front door pays for having the rendering in its own process, or on its own cores. */
export const photos = ({ photos: count, repetitions }: PhotoOptions): Promise<void> =>
  onStage(async (stage) => {
    const file = await takePhoto(stage.dir);
    const rendered: Record<'sharp' | 'renderer' | 'shop', Rendered[]> = { sharp: [], renderer: [], shop: [] };
    const knocks: Record<'nothing rendered' | 'in one process' | 'in two', Knock[]> = {
      'nothing rendered': [],
      'in one process': [],
      'in two': [],
    };
    const together = await shopDoor(stage, { name: 'together', roles: 'api,status,relay,thumbnails' });
    const apart = await shopDoor(stage, { name: 'apart', roles: 'api,status' });
    for (const door of [together, apart]) await knockAt(stage, door);
    const shown = bar(repetitions * 6);
    for (let n = 0; n < repetitions; n++) {
      shown.step('bare sharp');
      rendered.sharp.push(await alone(stage, 'bench/peers/sharp.js', file, count));
      shown.step('the renderer');
      rendered.renderer.push(await alone(stage, 'bench/children/rendering.js', file, count));
      shown.step('the shop, from POST to ready');
      rendered.shop.push(await throughShop(stage, together, file, count));
      shown.step('orders, nothing rendered');
      knocks['nothing rendered'].push(await knockAt(stage, apart));
      shown.step('orders, and photos rendered in one process');
      knocks['in one process'].push(await inOneProcess(stage, together, file, count));
      shown.step('orders, and photos rendered in another');
      knocks['in two'].push(await inTwo(stage, apart, file, count));
    }
    shown.end();
    for (const { bench } of [together, apart]) await bench.close();
    report(rendered, knocks, count);
  });

async function alone({ child }: Stage, program: string, file: string, times: number): Promise<Rendered> {
  const one = await child(program);
  const render = async (count: number) => {
    const done = one.next();
    one.send({ file, times: count });
    await done;
  };
  await render(2);
  const cpu = cpuMs([one.pid]);
  const began = performance.now();
  await render(times);
  const seconds = (performance.now() - began) / 1000;
  const spent = cpuMs([one.pid]) - cpu;
  await one.stop();
  return { perSecond: times / seconds, cpu: spent / times };
}

async function throughShop({ server }: Stage, door: Door, file: string, count: number): Promise<Rendered> {
  const pids = [door.child.pid, server.pid!];
  const cpu = cpuMs(pids);
  const began = performance.now();
  await send(door, file, count);
  await untilReady(door);
  return { perSecond: (count * 1000) / (performance.now() - began), cpu: (cpuMs(pids) - cpu) / count };
}

const knockAt = ({ server }: Stage, door: Door): Promise<Knock> => knock(door, server, { connections: 32, amount: 800, perSecond: 100 });

/** Knocks while photos that were sent before are rendered. `begin` has somebody render them, and says how he is ended. */
async function whileRendering(stage: Stage, door: Door, begin: () => Promise<() => Promise<void>>): Promise<Knock> {
  const before = await unready(door);
  const end = await begin();
  const took = await knockAt(stage, door);
  const left = await unready(door);
  if (left === 0) console.error(`All ${before} photos were ready before the last order came: the figure says too little.`);
  await untilReady(door);
  await end();
  return took;
}

async function inOneProcess(stage: Stage, door: Door, file: string, count: number): Promise<Knock> {
  await rest(door, true);
  await send(door, file, count);
  return whileRendering(stage, door, async () => {
    await rest(door, false);
    return async () => {};
  });
}

async function inTwo(stage: Stage, door: Door, file: string, count: number): Promise<Knock> {
  await send(door, file, count);
  return whileRendering(stage, door, async () => {
    const env = { ...secrets, ROLES: 'relay,thumbnails', DATABASE_URL: door.bench.url, DATA_DIR: stage.dir };
    return (await stage.child('bench/children/shop.js', env)).stop;
  });
}

async function rest({ child }: Door, paused: boolean): Promise<void> {
  const answer = await fetch(`${child.url}/workers/thumbnails`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${operatorToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ paused }),
  });
  if (!answer.ok) throw new Error(`The role was answered by ${answer.status}: ${await answer.text()}`);
}

async function send({ child }: Door, file: string, count: number): Promise<void> {
  const body = await readFile(file);
  for (let n = 0; n < count; n++) {
    const answer = await fetch(`${child.url}/photos`, { method: 'POST', headers: { 'content-type': 'image/jpeg' }, body });
    if (answer.status !== 202) throw new Error(`A photo was answered by ${answer.status}: ${await answer.text()}`);
  }
}

async function unready({ bench: { db } }: Door): Promise<number> {
  const [row] = await db.run<{ n: number }>(
    'bench-unready',
    `SELECT (count(*) FILTER (WHERE type = 'PhotoUploaded') - count(*) FILTER (WHERE type = 'PhotoReady'))::int AS n FROM events`,
    [],
  );
  return row!.n;
}

async function untilReady(door: Door): Promise<void> {
  for (const end = Date.now() + 300_000; (await unready(door)) > 0; await sleep(50))
    if (Date.now() > end) throw new Error('The photos are not ready after five minutes.');
}

function report(
  rendered: Readonly<Record<string, readonly Rendered[]>>,
  knocks: Readonly<Record<string, readonly Knock[]>>,
  count: number,
): void {
  const made = (name: string, what: keyof Rendered): number => median(rendered[name]!.map((one) => one[what]));
  const knocked = (name: string, what: keyof Knock): number => median(knocks[name]!.map((one) => one[what]));
  console.log(`\n${count} photos of 12 megapixels, each to its three images, one at a time; medians; load average ${load()}\n`);
  console.log(
    table(
      ['', 'photos/s', 'CPU ms/photo'],
      Object.keys(rendered).map((name) => [name, figure(made(name, 'perSecond')), figure(made(name, 'cpu'))]),
    ),
  );
  console.log(`\n100 orders a second at 32 connections, while ${count} photos are rendered\n`);
  console.log(
    table(
      ['', 'p50 ms', 'p99 ms'],
      Object.keys(knocks).map((name) => [name, ...(['p50', 'p99'] as const).map((what) => figure(knocked(name, what)))]),
    ),
  );
  const nothing = knocked('nothing rendered', 'p99');
  console.log(
    `\n${ratios([
      { name: 'photos/s: the renderer against sharp', value: made('renderer', 'perSecond') / made('sharp', 'perSecond') },
      { name: 'photos/s: the shop against sharp', value: made('shop', 'perSecond') / made('sharp', 'perSecond') },
      { name: 'p99: rendered in one process against nothing', value: knocked('in one process', 'p99') / nothing },
      { name: 'p99: rendered in another against nothing', value: knocked('in two', 'p99') / nothing },
    ])}`,
  );
}
