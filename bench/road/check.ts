import type { Database } from '#libs/store';

const road = [
  'OrderPlaced',
  'PhotosReady',
  'StockReserved',
  'PaymentAuthorised',
  'Printed',
  'PaymentCaptured',
  'HandoverStarted',
  'Shipped',
  'OrderCompleted',
];

/** `stored`: others that were there already. @throws {Error} unless every order has gone the whole road once: its events without a gap, its stock, its picture, its calls outside. */
export async function checkShop(
  db: Database,
  orders: number,
  outside: { asked: number; keys: number },
  mails: boolean,
  stored = 0,
): Promise<void> {
  const [row] = await db.run<Record<'streams' | 'wrong' | 'moved' | 'stock' | 'pictures' | 'open' | 'outbox' | 'cards' | 'mailed', number>>(
    'check-shop',
    `WITH each AS (
       SELECT stream, array_agg(type ORDER BY version) FILTER (WHERE type NOT IN ('NotificationSent')) AS types, count(*) AS n, max(version) AS top,
         count(*) FILTER (WHERE type = 'NotificationSent') AS mails
       FROM events GROUP BY stream)
     SELECT (SELECT count(*)::int FROM each) AS streams,
       (SELECT count(*)::int FROM each WHERE types <> $1::text[] OR n <> top) AS wrong,
       (SELECT coalesce(sum(mails), 0)::int FROM each) AS mailed,
       (SELECT count(*)::int FROM stock_movements WHERE kind = 'reserve') AS moved,
       (SELECT count(*)::int FROM stock s WHERE available <> (SELECT sum(quantity) FROM stock_movements m WHERE m.sku = s.sku)) AS stock,
       (SELECT count(*)::int FROM order_status WHERE status = 'completed' AND version >= cardinality($1::text[])) AS pictures,
       (SELECT count(*)::int FROM effects WHERE state <> 'done') AS open, (SELECT count(*)::int FROM outbox) AS outbox, (SELECT count(*)::int FROM vault) AS cards`,
    [road],
  );
  const found = { ...row!, ...outside };
  const calls = orders * 4;
  const right = {
    streams: orders + stored,
    wrong: 0,
    moved: orders + stored,
    stock: 0,
    pictures: orders + stored,
    open: 0,
    outbox: 0,
    cards: 0,
    mailed: mails ? orders * 2 : 0,
    asked: calls,
    keys: calls,
  };
  compare(found, right);
}

/** @throws {Error} unless every order of the peer has gone its six steps once */
export async function checkPlain(db: Database, orders: number, outside: { asked: number; keys: number }): Promise<void> {
  const [row] = await db.run<Record<'orders' | 'done' | 'pictures' | 'sold', number>>(
    'check-plain',
    `SELECT (SELECT count(*)::int FROM plain_orders) AS orders, (SELECT count(*)::int FROM plain_orders WHERE step = 6) AS done,
       (SELECT count(*)::int FROM plain_status WHERE status = 'completed' AND version = 6) AS pictures,
       (SELECT sum(10000000 - available)::int FROM plain_stock) AS sold`,
    [],
  );
  compare({ ...row!, ...outside }, { orders, done: orders, pictures: orders, sold: orders, asked: orders * 4, keys: orders * 4 });
}

function compare(found: Record<string, number>, right: Record<string, number>): void {
  const wrong = Object.entries(right).filter(([what, n]) => found[what] !== n);
  if (wrong.length) throw new Error(`Not correct: ${wrong.map(([what, n]) => `${what} ${found[what]} instead of ${n}`).join(', ')}`);
}
