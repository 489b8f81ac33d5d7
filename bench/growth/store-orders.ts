import type { Database } from '#libs/store';

/** Multiplies a completed order, with all that belongs to it, under ids of its own. */
export async function storeOrders(db: Database, count: number): Promise<void> {
  const [first] = await db.run<{ stream: string }>('grow-first', `SELECT stream FROM events WHERE type = 'OrderCompleted' LIMIT 1`, []);
  const chunk = 5_000;
  for (let stored = 0; stored < count; stored += chunk)
    await db.run(
      'grow',
      `WITH ids AS (SELECT uuidv7() AS id FROM generate_series(1, $2::int)),
       names AS (SELECT id, 'order:' || id AS stream FROM ids),
       facts AS (INSERT INTO events (stream, version, type, data, meta, at) SELECT n.stream, version, type, data, meta, at FROM names n, events e WHERE e.stream = $1),
       marks AS (INSERT INTO bookmarks (consumer, stream, version, head) SELECT consumer, n.stream, version, head FROM names n, bookmarks b WHERE b.stream = $1),
       calls AS (INSERT INTO effects (key, kind, stream, lane, input, state, attempts, ended_at, at)
         SELECT replace(key, $1, n.stream), kind, n.stream, lane, input, state, attempts, ended_at, at FROM names n, effects e WHERE e.stream = $1),
       people AS (INSERT INTO personal (stream, kind, data) SELECT n.stream, kind, data FROM names n, personal p WHERE p.stream = $1),
       goods AS (INSERT INTO stock_movements (stream, kind, sku, quantity) SELECT n.stream, kind, sku, quantity FROM names n, stock_movements m WHERE m.stream = $1 RETURNING sku, quantity),
       shelf AS (UPDATE stock s SET available = available + g.sum FROM (SELECT sku, sum(quantity)::int AS sum FROM goods GROUP BY sku) g WHERE s.sku = g.sku)
       INSERT INTO order_status (id, version, status, view) SELECT n.id, version, status, view FROM names n, order_status o WHERE o.id = substr($1, 7)::uuid`,
      [first!.stream, Math.min(chunk, count - stored)],
    );
  await db.run('', 'VACUUM ANALYZE', []);
}
