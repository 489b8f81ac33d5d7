import { shapeToday } from '#libs/decider';
import type { SealedOrder } from '#libs/imports';
import { orderUpcasts, type Line, type Money } from '#libs/order';
import type { Meta, Tx } from '#libs/store';
import { v7 as uuidv7 } from 'uuid';

/** An order of an import, its prices taken from the catalogue. */
export interface Priced {
  readonly order: SealedOrder;
  readonly lines: readonly Line[];
  readonly total: Money;
}

/** `other`: its reference belongs to an order that says something else. */
export type Fate = 'placed' | 'duplicate' | 'other';

/**
 * As at the front door, one statement over all of them; what an `Idempotency-Key` is there, the reference is here. Of two with one reference the
 * first is taken, and whoever writes the same reference in another transaction is waited for. References are taken in their order, so that two
 * imports never wait for each other crosswise.
 */
const statement = `
WITH given AS (
  SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[], $4::json[], $5::json[], $6::bytea[], $7::text[], $8::boolean[], $9::json[])
    WITH ORDINALITY AS t (stream, reference, content, placed, personal, email_hmac, sealed, by_client, meta, n)
), fresh AS (
  INSERT INTO import_references (reference, content, stream)
  SELECT reference, content, stream FROM given ORDER BY reference, n
  ON CONFLICT DO NOTHING RETURNING stream
), taken AS (
  SELECT given.* FROM given WHERE stream IN (SELECT stream FROM fresh)
), people AS (
  INSERT INTO personal (stream, kind, data, email_hmac) SELECT stream, 'customer', personal, email_hmac FROM taken
), cards AS (
  INSERT INTO vault (stream, sealed, by_client) SELECT stream, sealed, by_client FROM taken
), news AS (
  INSERT INTO outbox (lane, stream, version) SELECT 'bulk', stream, 1 FROM taken ORDER BY n
)
INSERT INTO events (stream, version, type, data, meta, at)
SELECT stream, 1, 'OrderPlaced', placed, meta, $10::timestamptz FROM taken ORDER BY stream RETURNING stream`;

const shape = shapeToday(orderUpcasts, 'OrderPlaced');

/** Places them in the lane of imports. The fates stand in the order of the orders. */
export async function placeOrders(tx: Tx, orders: readonly Priced[], at: string): Promise<readonly Fate[]> {
  if (orders.length === 0) return [];
  tx.locks('stream');
  const streams = orders.map(() => `order:${uuidv7()}`);
  const contents = orders.map(({ order }) => Buffer.from(order.content, 'base64url'));
  const rows = await tx.run<{ stream: string }>('import-place', statement, [
    streams,
    orders.map(({ order }) => order.reference),
    contents,
    orders.map(({ order, lines, total }) => JSON.stringify({ lines, total, priority: order.priority })),
    orders.map(({ order }) => JSON.stringify(order.personal)),
    orders.map(({ order }) => Buffer.from(order.emailHmac, 'base64url')),
    orders.map(({ order }) => order.sealed),
    orders.map(({ order }) => order.byClient),
    orders.map(({ order }) =>
      JSON.stringify({ lane: 'bulk', ...(order.personal.callbackUrl !== undefined && { webhook: true }), shape } satisfies Meta),
    ),
    at,
  ]);
  const placed = new Set(rows.map(({ stream }) => stream));
  const before = orders.flatMap(({ order }, n) => (placed.has(streams[n]!) ? [] : order.reference));
  // By a statement of its own: what another transaction has just committed is not seen by the one that waited for it.
  const known = before.length === 0 ? [] : await tx.run<{ reference: string; content: Buffer }>('import-references', contentsOf, [before]);
  const contentOf = new Map(known.map(({ reference, content }) => [reference, content]));
  return orders.map(({ order }, n) => {
    if (placed.has(streams[n]!)) return 'placed';
    return contentOf.get(order.reference)!.equals(contents[n]!) ? 'duplicate' : 'other';
  });
}

const contentsOf = 'SELECT reference, content FROM import_references WHERE reference = ANY ($1)';
