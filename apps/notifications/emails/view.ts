import type { OrderFacts } from './facts.js';
import type { Inline } from './mail.js';
import { ending, label, money, oneLine } from './wording.js';

/** What the templates may name. All of it is text on one line, and every name is there, with nothing in it where there is nothing to say. */
export function view(facts: OrderFacts) {
  const { pictures, cids } = inline(facts);
  return {
    orderId: oneLine(facts.orderId),
    // The random end of a UUIDv7: its beginning is the time, and the same for all who ordered in that minute.
    number: oneLine(facts.orderId).slice(-8),
    name: oneLine(facts.customer.name),
    lines: facts.lines.map((line, n) => ({
      name: oneLine(line.name),
      quantity: line.quantity,
      unitPrice: money(line.unitPrice),
      sum: money({ ...line.unitPrice, amount: line.unitPrice.amount * line.quantity }),
      cid: cids[n],
    })),
    pictured: pictures.length > 0,
    span: pictures.length > 0 ? 2 : 1,
    total: money(facts.total),
    shipTo: facts.shipTo && label(facts.shipTo),
    tracking: facts.tracking && oneLine(facts.tracking),
    why: ending(facts.reason?.code).why,
    money: ending(facts.reason?.code).money,
    detail: facts.reason?.detail && oneLine(facts.reason.detail),
    statusUrl: facts.statusUrl,
    pictures,
  };
}

/** A photo that stands on several lines is sent once. */
function inline(facts: OrderFacts): { pictures: Inline[]; cids: (string | undefined)[] } {
  const pictures = new Map<Buffer, Inline>();
  const cids = facts.lines.map(({ photo }) => {
    if (!photo) return undefined;
    const n = pictures.size + 1;
    const picture = pictures.get(photo.thumb) ?? {
      cid: `photo-${n}.${facts.orderId}@backroom`,
      filename: `photo-${n}.${photo.contentType.split('/')[1]}`,
      contentType: photo.contentType,
      content: photo.thumb,
    };
    pictures.set(photo.thumb, picture);
    return picture.cid;
  });
  return { pictures: [...pictures.values()], cids };
}
