import type { Access } from '#libs/access';
import type { Lane } from '#libs/bus';
import { makeSealer } from '#libs/card';
import { parseBody, pointerTo, Problem, problem, type Fault } from '#libs/host';
import type { Money } from '#libs/order';
import { findWrongPhotos, orderBody, price, type Catalogue, type OrderBody, type PaymentKeys, type Product } from '#libs/placing';
import { draw } from '#libs/random';
import type { Database } from '#libs/store';
import { faultOfCallback, type CallbackRules } from '#libs/webhook';
import { v7 as uuidv7 } from 'uuid';
import { keptAnswer, type Once } from '#libs/idempotency';
import { makeAccept, type Accepted } from './accept.js';

/** What the 202 is made of. Kept under an idempotency key, and the same again when replayed. */
export interface PlacedAnswer {
  readonly id: string;
  readonly total: Money;
  /** It has a callbackUrl, and so a secret: its own, which is told, or its account's. */
  readonly webhook?: true;
}

export interface PlacedOrder extends PlacedAnswer {
  readonly replayed: boolean;
}

export interface Asked {
  /** Who places it will wait for its end. */
  readonly awaited: boolean;
  readonly once?: Once | undefined;
  /** What its trace follows from. */
  readonly traceparent?: string | undefined;
  /** The id of the account by whose key it is placed. */
  readonly account?: string | undefined;
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
  callbacks: CallbackRules;
  placed(lane: Lane): void;
}) {
  const { db, access, catalogue, keys, callbacks } = parts;
  const accept = makeAccept(db);
  const seal = makeSealer();

  async function judged(given: unknown, { awaited, once, traceparent, account }: Asked): Promise<Accepted & PlacedAnswer> {
    const body = parseBody(orderBody, given);
    const id = uuidv7({ random: draw(16) });
    const products = await catalogue.bySku();
    const unprintable = await findWrongPhotos(
      db,
      body.lines.map(({ photoId }) => photoId),
    );
    const faults = [...unknownProducts(body, products), ...wrongPhotos(body, unprintable), ...wrongCallback(body, callbacks)];
    if (faults.length > 0) throw problem('invalid', { errors: faults });
    const { lines, total } = price(body.lines, products);
    const answer: PlacedAnswer = { id, total, ...(body.callbackUrl !== undefined && { webhook: true }) };
    return {
      ...answer,
      stream: `order:${id}`,
      lane: body.priority,
      placed: { lines, total, priority: body.priority },
      // Its address may hold a secret: it stands with what is personal, and in no event; and so does whose secret signs the calls.
      personal: { customer: body.customer, shipTo: body.shipTo, callbackUrl: body.callbackUrl, account },
      emailHmac: access.emailHmac(body.customer.email),
      sealed: 'card' in body.payment ? await seal(body.payment.card, await keys.newest()) : await keys.judge(body.payment.sealed),
      byClient: 'sealed' in body.payment,
      at: new Date().toISOString(),
      awaited,
      traceparent,
      once: once && { ...once, response: answer },
    };
  }

  const replay = async (once: Once): Promise<PlacedOrder | undefined> => {
    const kept = await keptAnswer<PlacedAnswer>(db, once);
    return kept && { ...kept, replayed: true };
  };

  return async (given: unknown, asked: Asked): Promise<PlacedOrder> => {
    const { once } = asked;
    let order: Accepted & PlacedAnswer;
    try {
      order = await judged(given, asked);
    } catch (refused) {
      // What was accepted once stays accepted, though a card may have run out since.
      const kept = once && refused instanceof Problem && (await replay(once));
      if (kept) return kept;
      throw refused;
    }
    for (;;) {
      if (await accept(order)) {
        parts.placed(order.lane);
        return { id: order.id, total: order.total, webhook: order.webhook, replayed: false };
      }
      // Its key is taken, unless the answer kept under it has just run out.
      const kept = await replay(once!);
      if (kept) return kept;
    }
  };
}

const at = (line: number, field: string, detail: string): Fault => ({ pointer: pointerTo(['lines', line, field]), detail });

const unknownProducts = ({ lines }: OrderBody, products: ReadonlyMap<string, Product>): Fault[] =>
  lines.flatMap(({ sku }, n) => (products.has(sku) ? [] : at(n, 'sku', 'There is no such product.')));

const wrongPhotos = ({ lines }: OrderBody, unprintable: ReadonlyMap<string, string>): Fault[] =>
  lines.flatMap(({ photoId }, n) => {
    const detail = photoId && unprintable.get(photoId);
    return detail ? at(n, 'photoId', detail) : [];
  });

function wrongCallback({ callbackUrl }: OrderBody, rules: CallbackRules): Fault[] {
  const detail = callbackUrl === undefined ? undefined : faultOfCallback(callbackUrl, rules);
  return detail === undefined ? [] : [{ pointer: pointerTo(['callbackUrl']), detail }];
}
