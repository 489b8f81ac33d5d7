import type { Database } from '#libs/store';
import type { Job } from '#libs/work';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../../test/setup/database.js';
import { query } from '../../test/setup/query.js';
import { relatedProducts } from './related-products.js';
import { salesTotals } from './sales-totals.js';

let db: Database;
let url: string;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, url, close } = await openDatabase({ role: 'backroom_jobs' }));
});
afterAll(() => close());
beforeEach(async () => {
  await query(
    url,
    `TRUNCATE events, runs, run_log, jobs, shown_runs, sales_totals, related_products;
     INSERT INTO jobs (name, description, input, missed, defaults)
     SELECT unnest(ARRAY['sales-totals', 'related-products']), '', '{}', 'none', '{"overlap":"allow"}'`,
  );
});

interface Given {
  readonly lines: readonly (readonly [sku: string, quantity: number])[];
  readonly completed?: string;
}

async function place(orders: readonly Given[]): Promise<string[]> {
  const rows = orders.flatMap(({ lines, completed }) => {
    const stream = `order:${uuidv7()}`;
    const data = { lines: lines.map(([sku, quantity]) => ({ sku, quantity, unitPrice: { amount: 29, currency: 'EUR' } })) };
    const placed = { stream, version: 1, type: 'OrderPlaced', data, at: '2026-05-01T12:00:00Z' };
    return completed ? [placed, { ...placed, version: 2, type: 'OrderCompleted', data: {}, at: completed }] : [placed];
  });
  await db.run(
    't-place',
    `INSERT INTO events SELECT stream, version, type, data, '{}', at
     FROM json_to_recordset($1) AS e (stream text, version int, type text, data json, at timestamptz)`,
    [JSON.stringify(rows)],
  );
  return rows.filter(({ version }) => version === 1).map(({ stream }) => stream);
}

type Walk = Job<any, any>;
const signal = new AbortController().signal;
async function ask(job: Walk): Promise<string> {
  const id = uuidv7();
  await db.run('t-run', `INSERT INTO runs (id, job, trigger, input, alone) VALUES ($1, $2, 'http', '{}', false)`, [id, job.name]);
  return id;
}
async function step(job: Walk, id: string, checkpoint: unknown, fails = false) {
  return db.transaction(async (tx) => {
    const made = await job.step(tx, checkpoint, { id, signal, log() {} });
    if (fails) throw new Error('It dies.');
    return made;
  });
}
/** @returns its result, and the progress it told of on the way */
async function runThrough(job: Walk, id?: string): Promise<{ id: string; result: unknown; progress: number[] }> {
  id ??= await ask(job);
  const progress: number[] = [];
  for (let checkpoint: unknown = await job.start({}, { id, signal, log() {} }); ;) {
    // Each step once in vain.
    await expect(step(job, id, checkpoint, true)).rejects.toThrow('It dies.');
    const made = await step(job, id, checkpoint);
    if ('result' in made) {
      await db.run('t-end', `UPDATE runs SET state = 'succeeded', ended_at = now() WHERE id = $1`, [id]);
      return { id, result: made.result, progress };
    }
    checkpoint = JSON.parse(JSON.stringify(made.next));
    progress.push(made.progress);
  }
}
const sales = () =>
  query<{ day: string; sku: string; quantity: number; revenue: number }>(
    url,
    `SELECT day::text, sku, quantity::int, revenue::int FROM sales_totals JOIN shown_runs USING (run) ORDER BY day, sku`,
  );
const related = () =>
  query<{ sku: string; related: string; orders: number }>(
    url,
    `SELECT sku, related, orders FROM related_products JOIN shown_runs USING (run) ORDER BY sku, related`,
  );

describe('sales-totals', () => {
  it('adds up what completed orders had, by the UTC day of their completion', async () => {
    await place([
      {
        lines: [
          ['A', 2],
          ['B', 1],
          ['A', 1],
        ],
        completed: '2026-05-02T23:59:59.999Z',
      },
      { lines: [['A', 5]], completed: '2026-05-03T00:00:00Z' },
      { lines: [['A', 7]] },
    ]);
    expect((await runThrough(salesTotals())).result).toEqual({ orders: 2 });
    expect(await sales()).toEqual([
      { day: '2026-05-02', sku: 'A', quantity: 3, revenue: 87 },
      { day: '2026-05-02', sku: 'B', quantity: 1, revenue: 29 },
      { day: '2026-05-03', sku: 'A', quantity: 5, revenue: 145 },
    ]);
  });

  it('equals a recount over several steps, each of which was made in vain first', async () => {
    const skus = ['A', 'B', 'C', 'D'];
    await place(
      Array.from({ length: 1_200 }, (_, n) => ({
        lines: [[skus[n % 4]!, (n % 5) + 1] as const, [skus[(n + 1) % 4]!, 1] as const],
        ...(n % 3 > 0 && { completed: `2026-05-0${(n % 7) + 1}T10:00:00Z` }),
      })),
    );
    const { result, progress } = await runThrough(salesTotals());
    expect(result).toEqual({ orders: 800 });
    expect(progress).toHaveLength(3);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
    expect(await sales()).toEqual(
      await query(
        url,
        `SELECT (c.at AT TIME ZONE 'UTC')::date::text AS day, l ->> 'sku' AS sku, sum((l ->> 'quantity')::int)::int AS quantity,
           sum((l ->> 'quantity')::int * 29)::int AS revenue
         FROM events p JOIN events c USING (stream) CROSS JOIN json_array_elements(p.data -> 'lines') l
         WHERE p.type = 'OrderPlaced' AND c.type = 'OrderCompleted' GROUP BY 1, 2 ORDER BY 1, 2`,
      ),
    );
  });

  it('counts what came to an old day since, once; until it is through, the figures before are shown', async () => {
    const [stream] = await place([{ lines: [['A', 1]] }, { lines: [['A', 2]], completed: '2026-05-02T10:00:00Z' }]);
    await runThrough(salesTotals());
    const before = await sales();
    expect(before).toEqual([{ day: '2026-05-02', sku: 'A', quantity: 2, revenue: 58 }]);
    await db.run('t-late', `INSERT INTO events VALUES ($1, 2, 'OrderCompleted', '{}', '{}', '2026-05-02T11:00:00Z')`, [stream]);
    const id = await ask(salesTotals());
    await step(salesTotals(), id, await salesTotals().start({}, { id, signal, log() {} }));
    expect(await sales()).toEqual(before);
    for (let n = 0; n < 2; n++) {
      await runThrough(salesTotals());
      expect(await sales()).toEqual([{ day: '2026-05-02', sku: 'A', quantity: 3, revenue: 87 }]);
    }
    const left = await query(url, 'SELECT DISTINCT run FROM sales_totals');
    // Those shown, and those of the run that is still at work.
    expect(left).toHaveLength(2);
  });

  it('shows no figures of a run that was asked for before the one that is shown', async () => {
    const older = await ask(salesTotals());
    await place([{ lines: [['A', 1]], completed: '2026-05-02T10:00:00Z' }]);
    const { id } = await runThrough(salesTotals());
    await runThrough(salesTotals(), older);
    expect(await query(url, 'SELECT run FROM shown_runs')).toEqual([{ run: id }]);
    expect(await sales()).toHaveLength(1);
  });

  it('of a shop without orders is a run all the same', async () => {
    expect((await runThrough(salesTotals())).result).toEqual({ orders: 0 });
    expect(await sales()).toEqual([]);
  });
});

describe('related-products', () => {
  it('counts the completed orders in which both stand', async () => {
    await place([
      {
        lines: [
          ['A', 2],
          ['B', 1],
          ['A', 1],
        ],
        completed: '2026-05-02T10:00:00Z',
      },
      {
        lines: [
          ['A', 1],
          ['B', 1],
          ['C', 1],
        ],
        completed: '2026-05-02T10:00:00Z',
      },
      {
        lines: [
          ['A', 1],
          ['C', 1],
        ],
      },
      { lines: [['D', 9]], completed: '2026-05-02T10:00:00Z' },
    ]);
    expect((await runThrough(relatedProducts())).result).toEqual({ orders: 3 });
    expect(await related()).toEqual([
      { sku: 'A', related: 'B', orders: 2 },
      { sku: 'A', related: 'C', orders: 1 },
      { sku: 'B', related: 'A', orders: 2 },
      { sku: 'B', related: 'C', orders: 1 },
      { sku: 'C', related: 'A', orders: 1 },
      { sku: 'C', related: 'B', orders: 1 },
    ]);
  });

  it('leaves the figures of another job alone', async () => {
    await place([
      {
        lines: [
          ['A', 1],
          ['B', 1],
        ],
        completed: '2026-05-02T10:00:00Z',
      },
    ]);
    await runThrough(salesTotals());
    await runThrough(relatedProducts());
    expect([(await sales()).length, (await related()).length]).toEqual([2, 2]);
  });
});
