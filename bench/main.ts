import { parseArgs } from 'node:util';
import { capacity } from './capacity/capacity.js';
import { accept } from './door/accept.js';
import { backlog } from './door/backlog.js';
import { growth } from './growth/growth.js';
import { imports } from './import/import.js';
import { profile } from './machine/child.js';
import { idle } from './road/idle.js';
import { photos } from './photos/photos.js';
import { stock } from './stock/stock.js';
import { contestants, road } from './road/road.js';

const usage = `usage: npm run bench -- WHAT [options]

  accept     POST → 202, against a bare Fastify route with one INSERT
               --repetitions 5  --requests 6000 (at 32 connections; twice as many at 128)
  backlog    how soon an order is accepted with a backlog, against none
               --backlog 20000  --requests 1000  --repetitions 3
  road       placed → completed, against the same six steps written plainly
               --orders 3000  --repetitions 3  --only plain,consolidated,separate
               and mail (notifications too), batches,ones (against batches of one)
  growth     CPU an order with many orders stored, against a thousand
               --stored 100000  --orders 2000  --repetitions 3
  idle       one order at a time: how long it takes, and where that goes
               --orders 200

  import     placed → completed while a file of orders is worked off, against an idle
             shop; and what the door needs to receive a large file
               --backlog 20000  --orders 200  --lines 100000
  stock      a sale of one article, by locks and by a single instance
               --orders 4000  --repetitions 5
  photos     12 megapixels rendered, against bare sharp; and how soon an order is
             accepted meanwhile, by the same process and by another
               --photos 50  --repetitions 3
  capacity   orders a second as partitions, workers and connections are doubled: where
             it flattens
               --orders 1500  --most 8

  --profile DIR   a CPU profile of each process measured is written there

Prints medians of interleaved repetitions and their ratios, and checks in the end that every order was done once.`;

const sizes = { repetitions: 0, requests: 0, orders: 0, backlog: 0, stored: 0, lines: 0, most: 0, photos: 0 };
const string = { type: 'string' } as const;
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    help: { type: 'boolean', short: 'h' },
    only: string,
    profile: string,
    ...(Object.fromEntries(Object.keys(sizes).map((name) => [name, string])) as Record<keyof typeof sizes, typeof string>),
  },
});

function number(name: keyof typeof sizes, otherwise: number): number {
  const given = values[name];
  if (given === undefined) return otherwise;
  if (/^[1-9]\d{0,7}$/.test(given)) return Number(given);
  console.error(`--${name} must be a whole number from 1`);
  process.exit(2);
}
const only = values.only?.split(',') ?? ['plain', 'consolidated', 'separate'];
const unknown = only.filter((name) => !contestants.includes(name));
if (unknown.length) {
  console.error(`--only takes ${contestants.join(', ')}, not ${unknown.join(', ')}`);
  process.exit(2);
}

const benches: Record<string, () => Promise<void>> = {
  accept: () => accept({ requests: number('requests', 6_000), repetitions: number('repetitions', 5) }),
  backlog: () =>
    backlog({ backlog: number('backlog', 20_000), requests: number('requests', 1_000), repetitions: number('repetitions', 3) }),
  road: () => road({ orders: number('orders', 3_000), repetitions: number('repetitions', 3), only }),
  growth: () => growth({ stored: number('stored', 100_000), orders: number('orders', 2_000), repetitions: number('repetitions', 3) }),
  idle: () => idle({ orders: number('orders', 200) }),
  photos: () => photos({ photos: number('photos', 50), repetitions: number('repetitions', 3) }),
  stock: () => stock({ orders: number('orders', 4_000), repetitions: number('repetitions', 5) }),
  capacity: () => capacity({ orders: number('orders', 1_500), most: number('most', 8) }),
  import: () => imports({ backlog: number('backlog', 20_000), orders: number('orders', 200), lines: number('lines', 100_000) }),
};
const bench = benches[positionals[0] ?? ''];
if (!bench || values.help) {
  console.log(usage);
  process.exit(values.help ? 0 : 2);
}
if (values.profile) profile(values.profile);
try {
  await bench();
} catch (error) {
  console.error(error instanceof Error ? error.stack : error);
  process.exitCode = 1;
}
