import { makeSealer } from '#libs/card';
import type { Tx } from '#libs/store';
import type { JWK } from 'jose';
import { v7 as uuidv7 } from 'uuid';

export const customer = { email: 'ada@example.com', name: 'Ada Lovelace' };
export const shipTo = { name: 'Ada Lovelace', line1: '1 Main St', city: 'Vienna', postcode: '1010', country: 'AT' };
export const card = { number: '4242424242424242', expiry: '12/39', cvc: '123' };
/** Few articles are in demand at once, as in a shop: they are what batches meet at. */
const skus = ['PRINT-10X15', 'PRINT-13X18', 'MUG', 'CALENDAR-A4'];

const seal = makeSealer();

/** Puts so many orders before the shop, as the front door writes them, in a transaction of the caller's: the relay sees them at its commit. */
export async function placeOrders(tx: Tx, count: number, key: JWK & { kid: string }): Promise<void> {
  const unitPrice = { amount: 29, currency: 'EUR' };
  const orders = await Promise.all(
    Array.from({ length: count }, async (_, n) => {
      const lines = [{ sku: skus[n % skus.length]!, name: 'An article', quantity: 1, unitPrice }];
      return { stream: `order:${uuidv7()}`, placed: { lines, total: unitPrice, priority: 'standard' }, sealed: await seal(card, key) };
    }),
  );
  await tx.run(
    'bench-place',
    `WITH given AS (SELECT * FROM unnest($1::text[], $2::json[], $3::text[]) AS t (stream, placed, sealed)),
     people AS (INSERT INTO personal (stream, kind, data) SELECT stream, 'customer', $4 FROM given),
     cards AS (INSERT INTO vault (stream, sealed) SELECT stream, sealed FROM given),
     news AS (INSERT INTO outbox (lane, stream, version) SELECT 'standard', stream, 1 FROM given)
     INSERT INTO events (stream, version, type, data, meta, at) SELECT stream, 1, 'OrderPlaced', placed, '{"lane":"standard"}', $5::timestamptz FROM given`,
    [
      orders.map(({ stream }) => stream),
      orders.map(({ placed }) => JSON.stringify(placed)),
      orders.map(({ sealed }) => sealed),
      JSON.stringify({ customer, shipTo }),
      new Date().toISOString(),
    ],
  );
}

/** The same orders for the peer. */
export async function placePlain(tx: Tx, count: number): Promise<void> {
  const orders = Array.from({ length: count }, (_, n) => ({
    id: uuidv7(),
    data: { lines: [{ sku: skus[n % skus.length]!, quantity: 1 }], total: { amount: 29, currency: 'EUR' }, card, customer, shipTo },
  }));
  await tx.run('bench-plain', 'INSERT INTO plain_orders (id, data) SELECT * FROM unnest($1::uuid[], $2::json[])', [
    orders.map(({ id }) => id),
    orders.map(({ data }) => JSON.stringify(data)),
  ]);
}

export const plainTables = `
CREATE TABLE plain_orders (id uuid PRIMARY KEY, step int NOT NULL DEFAULT 0, data json NOT NULL, at timestamptz NOT NULL DEFAULT now()) WITH (fillfactor = 70);
CREATE INDEX plain_open ON plain_orders (id) WHERE step < 6;
CREATE TABLE plain_status (id uuid PRIMARY KEY, version int NOT NULL, status text NOT NULL) WITH (fillfactor = 70);
CREATE TABLE plain_stock (sku text PRIMARY KEY, available int NOT NULL) WITH (fillfactor = 10);
INSERT INTO plain_stock VALUES ${skus.map((sku) => `('${sku}', 10000000)`).join()}`;
