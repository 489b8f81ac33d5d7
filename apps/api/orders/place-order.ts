import type { Access } from '#libs/access';
import type { Lane } from '#libs/bus';
import { makeSealer } from '#libs/card';
import { invalidAt, parseBody, Problem } from '#libs/host';
import type { Line, Money } from '#libs/order';
import { postgresEventStore, type Database } from '#libs/store';
import { fold, photos } from '#libs/work';
import { v7 as uuidv7 } from 'uuid';
import type { Catalogue } from '../products.js';
import type { PaymentKeys } from '../payment-key.js';
import { keptAnswer, type Once } from '../idempotency.js';
import { makeAccept, type Accepted } from './accept.js';
import { orderBody, type OrderBody } from './order-body.js';

/** What the 202 is made of. Kept under an idempotency key, and the same again when replayed. */
export interface PlacedAnswer {
  readonly id: string;
  readonly total: Money;
}

export interface PlacedOrder extends PlacedAnswer {
  readonly replayed: boolean;
}

/**
 * The beginning of the road. Judges what can be judged without waiting, seals the card, and writes the order down in one commit. The answer goes
 * out after it: an order that was accepted is never lost. Stock is not judged here, and no broker and no worker is needed.
 */
export function makePlaceOrder(parts: { db: Database; access: Access; catalogue: Catalogue; keys: PaymentKeys; placed(lane: Lane): void }) {
  const { db, access, catalogue, keys } = parts;
  const accept = makeAccept(db);
  const seal = makeSealer();

  async function judged(given: unknown, once?: Once): Promise<Accepted & PlacedAnswer> {
    const body = parseBody(orderBody, given);
    const id = uuidv7();
    const lines = await pricedLines(body, catalogue);
    await judgePhotos(db, body);
    const total: Money = { amount: lines.reduce((sum, line) => sum + line.unitPrice.amount * line.quantity, 0), currency: 'EUR' };
    return {
      id,
      total,
      stream: `order:${id}`,
      lane: body.priority,
      placed: { lines, total, priority: body.priority },
      personal: { customer: body.customer, shipTo: body.shipTo },
      emailHmac: access.emailHmac(body.customer.email),
      sealed: 'card' in body.payment ? await seal(body.payment.card, await keys.newest()) : await keys.judge(body.payment.sealed),
      byClient: 'sealed' in body.payment,
      at: new Date().toISOString(),
      once: once && { ...once, response: { id, total } },
    };
  }

  const replay = async (once: Once): Promise<PlacedOrder | undefined> => {
    const kept = await keptAnswer<PlacedAnswer>(db, once);
    return kept && { ...kept, replayed: true };
  };

  return async (given: unknown, once?: Once): Promise<PlacedOrder> => {
    let order: Accepted & PlacedAnswer;
    try {
      order = await judged(given, once);
    } catch (refused) {
      // What was accepted once stays accepted, though a card may have run out since.
      const kept = once && refused instanceof Problem && (await replay(once));
      if (kept) return kept;
      throw refused;
    }
    for (;;) {
      if (await accept(order)) {
        parts.placed(order.lane);
        return { id: order.id, total: order.total, replayed: false };
      }
      // Its key is taken, unless the answer kept under it has just run out.
      const kept = await replay(once!);
      if (kept) return kept;
    }
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
