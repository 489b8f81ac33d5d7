import type { Access } from '#libs/access';
import { makeSealer } from '#libs/card';
import { invalidAt, problem } from '#libs/host';
import type { Line, Money } from '#libs/order';
import { postgresEventStore, type Database } from '#libs/store';
import { fold, photos } from '#libs/work';
import { v7 as uuidv7 } from 'uuid';
import type { Catalogue } from '../products.js';
import type { PaymentKeys } from '../payment-key.js';
import { makeAccept } from './accept.js';
import { keptAnswer } from './idempotency.js';
import type { OrderBody } from './order-body.js';

/** What the 202 is made of. Kept under an idempotency key, and the same again when replayed. */
export interface PlacedAnswer {
  readonly id: string;
  readonly total: Money;
}

export interface PlacedOrder extends PlacedAnswer {
  readonly replayed: boolean;
}

export interface Once {
  readonly scope: string;
  readonly key: string;
  readonly bytes: Uint8Array;
}

/**
 * The beginning of the road. Judges what can be judged without waiting, seals the card, and writes the order down in one commit. The answer goes
 * out after it: an order that was accepted is never lost. Stock is not judged here, and no broker and no worker is needed.
 */
export function makePlaceOrder(parts: {
  db: Database;
  access: Access;
  catalogue: Catalogue;
  keys: PaymentKeys;
  placed(lane: 'standard' | 'express'): void;
}) {
  const { db, access, catalogue, keys } = parts;
  const accept = makeAccept(db);
  const seal = makeSealer();

  return async (body: OrderBody, once?: Once): Promise<PlacedOrder> => {
    const fingerprint = once && access.fingerprint(once.bytes);
    const id = uuidv7();
    const lines = await pricedLines(body, catalogue);
    await judgePhotos(db, body);
    const total: Money = { amount: lines.reduce((sum, line) => sum + line.unitPrice.amount * line.quantity, 0), currency: 'EUR' };
    const written = await accept({
      stream: `order:${id}`,
      lane: body.priority,
      placed: { lines, total, priority: body.priority },
      personal: { customer: body.customer, shipTo: body.shipTo },
      emailHmac: access.emailHmac(body.customer.email),
      sealed: 'card' in body.payment ? await seal(body.payment.card, await keys.newest()) : await keys.judge(body.payment.sealed),
      byClient: 'sealed' in body.payment,
      at: new Date().toISOString(),
      once: once && { scope: once.scope, key: once.key, fingerprint: fingerprint!, response: { id, total } },
    });
    if (written) {
      parts.placed(body.priority);
      return { id, total, replayed: false };
    }
    return { ...(await keptAnswer<PlacedAnswer>(db, once!.scope, once!.key, fingerprint!)), replayed: true };
  };
}

async function pricedLines(body: OrderBody, catalogue: Catalogue): Promise<Line[]> {
  const products = await catalogue.bySku();
  return body.lines.map(({ sku, quantity, photoId }, n) => {
    const product = products.get(sku);
    if (!product) throw invalidAt(['lines', n, 'sku'], 'There is no such product.');
    return { sku, name: product.name, quantity, unitPrice: product.price, photoId };
  });
}

/** A photo that is still rendering is fine: the order will wait for it. */
async function judgePhotos(db: Database, body: OrderBody): Promise<void> {
  const wanted = [...new Set(body.lines.flatMap(({ photoId }) => photoId ?? []))];
  if (wanted.length === 0) return;
  const found = await postgresEventStore.load(
    db,
    wanted.map((id) => ({ stream: `photo:${id}`, after: 0 })),
  );
  body.lines.forEach(({ photoId }, n) => {
    if (!photoId) return;
    const { status, reason } = fold(photos, found.get(`photo:${photoId}`) ?? []);
    if (status === 'none') throw invalidAt(['lines', n, 'photoId'], 'There is no such photo.');
    if (status === 'rejected') throw invalidAt(['lines', n, 'photoId'], reason ?? 'This photo was rejected.');
  });
}

/** @throws {Problem} `malformed` where the header is no key: 1 to 255 characters of printable ASCII */
export function idempotencyKey(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  if (typeof header === 'string' && /^[\x20-\x7e]{1,255}$/.test(header)) return header;
  throw problem('malformed', {
    detail: 'Idempotency-Key is 1 to 255 printable ASCII characters.',
    errors: [{ parameter: 'Idempotency-Key', detail: 'This is no key.' }],
  });
}
