import type { Lane } from '#libs/bus';
import { shapeToday } from '#libs/decider';
import { orderUpcasts } from '#libs/order';
import type { Database, Meta } from '#libs/store';
import { batcher } from '#libs/work';
import type { Once } from '#libs/idempotency';

/** An order that has been judged and sealed: all that is left is to write it down. */
export interface Accepted {
  readonly stream: string;
  readonly lane: Lane;
  readonly placed: object;
  readonly personal: object;
  readonly emailHmac: Buffer;
  readonly sealed: string;
  /** The client sealed it: nobody has seen the inside yet. */
  readonly byClient: boolean;
  readonly at: string;
  /** Somebody waits for its end. */
  readonly awaited: boolean;
  /** Whoever placed it is called back. */
  readonly webhook?: true;
  /** Of the request's span, if somebody traces. */
  readonly traceparent?: string;
  /** Of the `Idempotency-Key`, if one was sent. `response` is what is kept of the answer. */
  readonly once?: Once & { readonly response: object };
}

/**
 * One statement, one commit, over all orders that wait: idempotency key, event, outbox, personal data, sealed card. Either all of an order
 * is there or nothing. Keys are taken in their order, so that two batches never wait for each other crosswise.
 */
const statement = `
WITH given AS (
  SELECT * FROM unnest($1::text[], $2::text[], $3::json[], $4::json[], $5::bytea[], $6::text[], $7::timestamptz[], $8::text[], $9::text[], $10::bytea[], $11::json[], $12::boolean[], $13::json[])
    AS t (stream, lane, placed, personal, email_hmac, sealed, at, scope, key, fingerprint, response, by_client, meta)
), keys AS (
  INSERT INTO idempotency (scope, key, stream, fingerprint, response)
  SELECT scope, key, stream, fingerprint, response FROM given WHERE key IS NOT NULL ORDER BY scope, key
  ON CONFLICT DO NOTHING RETURNING stream
), taken AS (
  SELECT * FROM given WHERE key IS NULL OR stream IN (SELECT stream FROM keys)
), people AS (
  INSERT INTO personal (stream, kind, data, email_hmac) SELECT stream, 'customer', personal, email_hmac FROM taken
), cards AS (
  INSERT INTO vault (stream, sealed, by_client) SELECT stream, sealed, by_client FROM taken
), news AS (
  INSERT INTO outbox (lane, stream, version) SELECT lane, stream, 1 FROM taken
)
INSERT INTO events (stream, version, type, data, meta, at)
SELECT stream, 1, 'OrderPlaced', placed, meta, at FROM taken ORDER BY stream RETURNING stream`;

const shape = shapeToday(orderUpcasts, 'OrderPlaced');

/** Resolves to whether the order was written: if not, its key was taken before. Two statements at once: one commits while the next fills. */
export function makeAccept(db: Database): (order: Accepted) => Promise<boolean> {
  const write = async (orders: readonly Accepted[]): Promise<Set<string>> => {
    const rows = await db.run<{ stream: string }>('accept', statement, [
      orders.map((order) => order.stream),
      orders.map((order) => order.lane),
      orders.map((order) => JSON.stringify(order.placed)),
      orders.map((order) => JSON.stringify(order.personal)),
      orders.map((order) => order.emailHmac),
      orders.map((order) => order.sealed),
      orders.map((order) => order.at),
      orders.map((order) => order.once?.scope ?? null),
      orders.map((order) => order.once?.key ?? null),
      orders.map((order) => order.once?.fingerprint ?? null),
      orders.map((order) => (order.once ? JSON.stringify(order.once.response) : null)),
      orders.map((order) => order.byClient),
      orders.map(({ lane, awaited, webhook, traceparent }) =>
        JSON.stringify({ lane, ...(awaited && { awaited }), webhook, traceparent, shape } satisfies Meta),
      ),
    ]);
    return new Set(rows.map((row) => row.stream));
  };
  const give = batcher(write, { most: 200, atOnce: 2 });
  return async (order) => (await give(order)).has(order.stream);
}
