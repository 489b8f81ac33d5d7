import { parseArgs } from 'node:util';
import { accept } from './accept/accept.js';
import { profile } from './machine/child.js';
import { road } from './road/road.js';

const usage = `usage: npm run bench -- WHAT [options]

  accept     POST → 202, against a bare Fastify route with one INSERT
               --repetitions 5   --requests 6000  at 32 connections, twice as many at 128
  road       placed → completed, against the same six steps written plainly
               --repetitions 3   --orders 3000   --only plain,consolidated,separate,mail

  --profile DIR   writes a CPU profile of each process there

Prints medians of interleaved repetitions and their ratios, and checks in the end that every order was done once.`;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    help: { type: 'boolean', short: 'h' },
    repetitions: { type: 'string' },
    requests: { type: 'string' },
    orders: { type: 'string' },
    only: { type: 'string' },
    profile: { type: 'string' },
  },
});
const number = (name: 'repetitions' | 'requests' | 'orders', otherwise: number): number => {
  const given = values[name];
  if (given === undefined) return otherwise;
  if (/^[1-9]\d{0,7}$/.test(given)) return Number(given);
  console.error(`--${name} must be a whole number from 1`);
  process.exit(2);
};
const only = values.only?.split(',');

const benches: Record<string, () => Promise<void>> = {
  accept: () => accept({ requests: number('requests', 6_000), repetitions: number('repetitions', 5) }),
  road: () => road({ orders: number('orders', 3_000), repetitions: number('repetitions', 3), only }),
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
