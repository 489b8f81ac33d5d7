import type { OrderView } from '#libs/order';
import { idOf, type Database } from '#libs/store';
import { viewsOf } from '#libs/order-status';

export interface OrdersWanted {
  readonly status?: OrderView['status'];
  /** Of the address they were placed with. */
  readonly emailHmac?: Buffer;
  /** As their mails call them: the last eight digits of the id. */
  readonly number?: string;
  readonly limit: number;
  /** The last order of the page before. */
  readonly after?: string;
}

/** Behind every id. */
const end = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/**
 * Orders, newest first: ids are in the order of their time. A page begins behind the last one's last order, so what is placed meanwhile
 * moves nothing.
 * @returns the orders, and the last one's id if there are more
 */
export async function listOrders(
  db: Database,
  { limit, after, ...wanted }: OrdersWanted,
): Promise<{ orders: ReadonlyMap<string, OrderView>; next: string | null }> {
  const rows = await streamsOf(db, `order:${after ?? end}`, limit + 1, wanted);
  const page = rows.slice(0, limit).map(({ stream }) => stream);
  const views = await viewsOf(db, page);
  // A row of the projection may be a moment behind its stream.
  const shown = page.filter((stream) => views.has(stream) && (!wanted.status || views.get(stream)!.status === wanted.status));
  return { orders: new Map(shown.map((stream) => [stream, views.get(stream)!])), next: rows.length > limit ? idOf(page.at(-1)!) : null };
}

function streamsOf(
  db: Database,
  below: string,
  most: number,
  { status, emailHmac, number }: Omit<OrdersWanted, 'limit'>,
): Promise<{ stream: string }[]> {
  if (number) {
    // One, hardly ever two: its status is looked at afterwards.
    return db.run(
      'orders-of-number',
      `SELECT stream FROM (SELECT 'order:' || id AS stream FROM order_status WHERE right(id::text, 8) = $3) s
       WHERE stream < $1 AND ($4::bytea IS NULL OR EXISTS (SELECT FROM personal p WHERE p.stream = s.stream AND p.email_hmac = $4))
       ORDER BY stream DESC LIMIT $2`,
      [below, most, number, emailHmac ?? null],
    );
  }
  if (status && emailHmac) {
    return db.run(
      'orders-of-both',
      `SELECT p.stream FROM personal p JOIN order_status s ON s.id = substr(p.stream, 7)::uuid
       WHERE p.email_hmac = $4 AND p.stream > 'order:' AND p.stream < $1 AND s.status = $3 ORDER BY p.stream DESC LIMIT $2`,
      [below, most, status, emailHmac],
    );
  }
  if (emailHmac) {
    return db.run(
      'orders-of-email',
      `SELECT stream FROM personal WHERE email_hmac = $3 AND stream > 'order:' AND stream < $1 ORDER BY stream DESC LIMIT $2`,
      [below, most, emailHmac],
    );
  }
  if (status) {
    return db.run(
      'orders-of-status',
      `SELECT 'order:' || id AS stream FROM order_status
       WHERE status = $3 AND id < substr($1, 7)::uuid ORDER BY id DESC LIMIT $2`,
      [below, most, status],
    );
  }
  // The streams themselves: an order stands in the list from the moment it was accepted.
  return db.run(
    'orders-all',
    `SELECT stream FROM events WHERE version = 1 AND stream > 'order:' AND stream < $1 ORDER BY stream DESC LIMIT $2`,
    [below, most],
  );
}
