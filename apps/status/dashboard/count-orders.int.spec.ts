import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Database } from '#libs/store';
import { openDatabase } from '../../../test/setup/database.js';
import { query } from '../../../test/setup/query.js';
import { countOrders } from './count-orders.js';

let db: Database;
let url: string;
let close: () => Promise<void>;
beforeAll(async () => void ({ db, url, close } = await openDatabase()));
afterAll(() => close());

it('counts what there is of each status, and finds the oldest order that has not ended, among 100,000', async () => {
  expect(await countOrders(db)).toMatchObject({ orders: { placed: 0, completed: 0 }, oldest: null });
  await query(
    url,
    `INSERT INTO order_status (id, version, status, view, fold)
     SELECT ('01900000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 1, status, json_build_object('placedAt', n::text), 1
     FROM generate_series(1, 100000) AS n,
       LATERAL (SELECT CASE WHEN n % 1000 = 7 THEN 'paying' WHEN n % 1000 = 8 THEN 'placed' WHEN n % 10 = 0 THEN 'failed' ELSE 'completed' END AS status) s`,
  );
  await query(url, 'VACUUM ANALYZE order_status');
  const began = performance.now();
  const { orders, oldest } = await countOrders(db);
  console.log(`counted 100,000 orders in ${Math.round(performance.now() - began)} ms`);
  expect(orders).toEqual({
    placed: 100,
    paying: 100,
    printing: 0,
    shipping: 0,
    completed: 89_800,
    cancelling: 0,
    cancelled: 0,
    failed: 10_000,
  });
  expect(oldest).toEqual({ id: '01900000-0000-7000-8000-000000000007', status: 'paying', placedAt: '7' });
});
