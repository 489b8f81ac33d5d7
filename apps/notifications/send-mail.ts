import type { MailKind, OrderCommand } from '#libs/order';
import { idOf, postgresEventStore, type Database } from '#libs/store';
import type { Objects } from '#libs/objects';
import { fold, orders, photos, why, type Effect } from '#libs/work';
import { buffer } from 'node:stream/consumers';
import { compose } from './emails/compose.js';
import type { Address, Picture } from './emails/facts.js';
import type { Mailer } from './emails/send.js';

interface Person {
  readonly customer: { readonly name: string; readonly email: string };
  readonly shipTo: Address;
}

/**
 * Hands a mail to the SMTP server. There is nobody to ask what became of one whose 250 never came, so it is sent again: the one doubling that
 * SMTP makes unavoidable. Its Message-ID stays the same.
 */
export const sendMail = (
  mailer: Mailer,
  db: Database,
  objects: Objects,
  /** Where the order can be looked at, by its id. */
  statusUrl: (id: string) => string,
): Effect<{ stream: string; kind: MailKind }, { response: string }, OrderCommand> => ({
  name: 'mail',
  timeoutMs: 30_000,
  concurrency: 5,
  attempts: 30,
  async perform({ stream, kind }, _key, signal) {
    const [row] = await db.run<{ data: Person }>('mail-person', `SELECT data FROM personal WHERE stream = $1 AND kind = 'customer'`, [
      stream,
    ]);
    if (!row) return { refused: 'The address has been erased.' };
    const order = fold(orders, (await postgresEventStore.load(db, [{ stream, after: 0 }])).get(stream) ?? []);
    const id = idOf(stream);
    const thumbs = await thumbsOf(
      db,
      objects,
      order.lines.flatMap(({ photoId }) => photoId ?? []),
    );
    const facts = {
      orderId: id,
      customer: row.data.customer,
      shipTo: row.data.shipTo,
      lines: order.lines.map((line) => ({ ...line, photo: thumbs.get(line.photoId ?? '') })),
      total: order.total,
      tracking: order.tracking,
      reason: order.failing,
      statusUrl: statusUrl(id),
    };
    return mailer.send(compose(kind, facts), { messageId: `${kind}.${id}` }, signal);
  },
  settle({ kind }, outcome) {
    if ('done' in outcome) return { command: { do: 'mail-sent', kind } };
    if ('refused' in outcome || outcome.givenUp) return { command: { do: 'mail-failed', kind, detail: why(outcome) }, dead: true };
    return {};
  },
});

/** The small picture of each photo that has one. */
async function thumbsOf(db: Database, objects: Objects, ids: readonly string[]): Promise<ReadonlyMap<string, Picture>> {
  const thumbs = new Map<string, Picture>();
  const streams = [...new Set(ids)].map((id) => ({ stream: `photo:${id}`, after: 0 }));
  if (streams.length === 0) return thumbs;
  for (const [stream, events] of await postgresEventStore.load(db, streams)) {
    const rendition = fold(photos, events).renditions.find(({ name }) => name === 'thumb');
    const found = rendition && (await objects.get(rendition.object));
    if (found) thumbs.set(idOf(stream), { thumb: await buffer(found.stream), contentType: rendition.contentType });
  }
  return thumbs;
}
