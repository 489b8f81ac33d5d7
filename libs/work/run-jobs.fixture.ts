// A process that does the runs of one job: `url job leaseMs`. It says where it is, and waits for a line before each commit.
import { Database, type Tx } from '#libs/store';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { Run } from './job.js';
import { JobRunner } from './run-jobs.js';

const [url, name, leaseMs] = process.argv.slice(2) as [string, string, string];
const lines = createInterface(process.stdin);
const say = (what: string): void => void process.stdout.write(`${what}\n`);
const job = {
  name,
  description: 'Counts.',
  input: z.looseObject({}),
  overlap: 'queue',
  missed: 'none',
  singleton: false,
  stoppingWaitSeconds: 5,
  start: () => ({ done: 0 }),
  async step(tx: Tx, { done }: { done: number }, run: Run) {
    await tx.run('t-work', `INSERT INTO sales_totals (run, day, sku, quantity, revenue) VALUES ($1, '2026-01-01', $2, 1, 1)`, [
      run.id,
      `piece-${done + 1} ${process.pid}`,
    ]);
    run.log('info', `piece ${done + 1} by the process`);
    const told = once(lines, 'line');
    say(`at ${done + 1}`);
    await told;
    return { next: { done: done + 1 }, progress: 10 };
  },
} as const;
const db = new Database({ url, role: 'backroom_host', connections: 4 });
new JobRunner([job], { db, instance: 'child', lookMs: 20, leaseMs: Number(leaseMs), log: (_, message) => say(message) }).start();
