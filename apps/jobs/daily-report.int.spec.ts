import type { Database } from '#libs/store';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { openDatabase } from '../../test/setup/database.js';
import { query } from '../../test/setup/query.js';
import { dailyReport } from './daily-report.js';
import { runThrough } from './run-through.fixture.js';

let db: Database;
let url: string;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, url, close } = await openDatabase({ role: 'backroom_jobs' }));
});
afterAll(() => close());
beforeEach(() => query(url, 'TRUNCATE events, effects'));

interface Given {
  readonly placed: string;
  readonly ended?: string;
  readonly how?: 'OrderCompleted' | 'OrderCancelled' | 'OrderFailed';
  readonly lines?: readonly (readonly [sku: string, quantity: number])[];
}

async function place(orders: readonly Given[]): Promise<void> {
  const rows = orders.flatMap(({ placed, ended, how = 'OrderCompleted', lines = [['MUG', 1]] }) => {
    const stream = `order:${uuidv7({ msecs: Date.parse(placed) })}`;
    const data = { lines: lines.map(([sku, quantity]) => ({ sku, name: sku, quantity, unitPrice: { amount: 100, currency: 'EUR' } })) };
    const first = { stream, version: 1, type: 'OrderPlaced', data, at: placed };
    const end = {
      stream,
      version: 2,
      type: how,
      data: how === 'OrderFailed' ? { reason: { code: 'out-of-stock', detail: '' } } : {},
      at: ended,
    };
    return ended ? [first, end] : [first];
  });
  await db.run(
    't-place',
    `INSERT INTO events SELECT stream, version, type, data, '{}', at
     FROM json_to_recordset($1) AS e (stream text, version int, type text, data json, at timestamptz)`,
    [JSON.stringify(rows)],
  );
}
const run = (day = '2026-05-02', written = true) => runThrough(db, dailyReport(written), { day });

it('counts what happened on the day, wherever in an order’s life that is', async () => {
  await place([
    {
      placed: '2026-05-01T23:59:59.999Z',
      ended: '2026-05-02T00:00:00.000Z',
      lines: [
        ['MUG', 2],
        ['A', 5],
        ['MUG', 1],
      ],
    },
    { placed: '2026-05-02T00:00:00.000Z', ended: '2026-05-02T23:59:59.999Z' },
    { placed: '2026-05-02T13:30:00.000Z', ended: '2026-05-03T00:00:00.000Z', lines: [['A', 9]] },
    { placed: '2026-05-02T13:45:00.000Z', ended: '2026-05-02T14:00:00.000Z', how: 'OrderCancelled' },
    { placed: '2026-03-02T13:45:00.000Z', ended: '2026-05-02T14:00:00.000Z', how: 'OrderFailed' },
    { placed: '2026-05-02T23:59:59.999Z' },
    { placed: '2026-05-03T00:00:00.000Z', ended: '2026-05-03T00:00:00.001Z' },
  ]);
  const hours = Array.from({ length: 24 }, (_, hour) => ({ 0: 1, 13: 2, 23: 1 })[hour] ?? 0);
  expect((await run()).result).toEqual({
    mail: 'asked for',
    report: {
      day: '2026-05-02',
      currency: 'EUR',
      placed: { orders: 4, amount: 1_200 },
      completed: { orders: 2, amount: 900 },
      cancelled: 1,
      failed: { 'out-of-stock': 1 },
      hours,
      products: [
        { sku: 'A', name: 'A', quantity: 5, amount: 500 },
        { sku: 'MUG', name: 'MUG', quantity: 4, amount: 400 },
      ],
    },
  });
});

it('equals a recount over several steps, each of which was made in vain first', async () => {
  const at = (n: number) => new Date(Date.parse('2026-05-01T12:00:00Z') + n * 100_000).toISOString();
  await place(
    Array.from({ length: 1_100 }, (_, n) => ({
      placed: at(n),
      ...(n % 3 > 0 && { ended: at(n + 1) }),
      lines: [['MUG', (n % 5) + 1]] as const,
    })),
  );
  const { report } = (await run()).result;
  const [recount] = await query<{ orders: number; amount: number }>(
    url,
    `SELECT count(*)::int AS orders, sum(100 * (p.data -> 'lines' -> 0 ->> 'quantity')::int)::int AS amount
     FROM events c JOIN events p ON p.stream = c.stream AND p.version = 1 WHERE c.type = 'OrderCompleted' AND c.at::date = '2026-05-02'`,
  );
  expect(recount!.orders).toBeGreaterThan(400);
  expect(report.completed).toEqual(recount);
});

it('asks for one mail a day, however often it runs', async () => {
  expect((await run()).result.mail).toBe('asked for');
  expect((await run()).result.mail).toBe('asked for before');
  expect((await run('2026-05-03')).result.mail).toBe('asked for');
  const effects = await query(url, 'SELECT key, kind, state, claim FROM effects ORDER BY key');
  expect(effects).toEqual(
    ['2026-05-02', '2026-05-03'].map((day) => ({ key: `report:${day}`, kind: 'report', state: 'open', claim: null })),
  );
});

it('without SHOP_EMAIL writes to nobody, and says so', async () => {
  const { result, log } = await run('2026-05-02', false);
  expect(result.mail).toBe('nobody');
  expect(log).toEqual(['info: SHOP_EMAIL is not set: nobody is written to.']);
  expect(await query(url, 'SELECT FROM effects')).toEqual([]);
});

it('is of yesterday unless told otherwise', async () => {
  const { report } = (await runThrough(db, dailyReport(false))).result;
  expect(Date.parse(report.day)).toBeGreaterThan(Date.now() - 48 * 60 * 60_000 - 1);
  expect(Date.parse(report.day) + 24 * 60 * 60_000).toBeLessThanOrEqual(Date.now());
});
