import type { OrderEventType } from '#libs/order';
import { postgresEventStore, type Database, type Recorded } from '#libs/store';
import { asToday, orders, photos } from '#libs/work';

/** Something that happened, or is waited for, on behalf of an order. */
export interface Moment {
  /** RFC 3339. Of a wait: when it will be over. */
  readonly at: string;
  readonly kind: 'event' | 'attempt' | 'wait' | 'email' | 'webhook' | 'dead-letter';
  /** One sentence. */
  readonly summary: string;
  readonly data: object;
}

const summaries: Record<OrderEventType, string> = {
  OrderPlaced: 'The order was placed.',
  PhotosReady: 'Its photos are ready.',
  PhotosRejected: 'A photo was rejected.',
  StockReserved: 'The stock is reserved.',
  StockRefused: 'There is not enough in stock.',
  PaymentAuthorised: 'The bank holds the total on the card.',
  PaymentDeclined: 'The bank declined.',
  Printed: 'The prints are made.',
  PaymentCaptured: 'The money was taken.',
  CaptureFailed: 'The money could not be taken.',
  HandoverStarted: 'The parcel is being handed to the carrier.',
  Shipped: 'The carrier has the parcel.',
  ShipmentRefused: 'The carrier refused the parcel.',
  OrderCompleted: 'The order is complete.',
  CancellationRequested: 'The customer asked for its cancellation.',
  PaymentRefunded: 'The money was given back.',
  PrintDiscarded: 'The prints were thrown away.',
  PaymentVoided: 'The bank holds nothing any more.',
  StockReleased: 'The stock was given back.',
  OrderCancelled: 'The order is cancelled.',
  OrderFailed: 'The order has failed.',
  StepFailed: 'An attempt failed, and will be made again.',
  StepTimedOut: 'A step was given up: nobody knows whether it happened, so it is undone.',
  StepWithdrawn: 'A step that nobody had begun was withdrawn.',
  NotificationSent: 'A mail was sent.',
  NotificationFailed: 'A mail could not be sent.',
  PersonalDataErased: 'Personal data was erased.',
};
const photoSummaries: Record<string, string> = {
  PhotoUploaded: 'A photo was uploaded.',
  RenderingStarted: 'A photo is being rendered.',
  RenderingFailed: 'A photo could not be rendered this time.',
  PhotoReady: 'A photo is ready.',
  PhotoRejected: 'A photo was rejected.',
  PhotoErased: 'A photo was deleted.',
};
const attempts = new Set(['StepFailed', 'StepTimedOut', 'RenderingFailed']);
const emails = new Set(['NotificationSent', 'NotificationFailed']);

/** Everything that happened on behalf of an order: its own facts and its photos', what is waited for, what was given up. Oldest first. */
export async function timelineOf(db: Database, stream: string): Promise<Moment[]> {
  const own = ((await postgresEventStore.load(db, [{ stream, after: 0 }])).get(stream) ?? []).map((one) => asToday(orders, one));
  const theirs = [...new Set(own.flatMap(photosIn))].map((id) => ({ stream: `photo:${id}`, after: 0 }));
  const photoEvents = theirs.length ? [...(await postgresEventStore.load(db, theirs)).values()].flat() : [];
  const moments = [
    ...own.map(ofOrder),
    ...photoEvents.map((one) => ofPhoto(asToday(photos, one))),
    ...(await waits(db, stream)),
    ...(await calls(db, stream)),
    ...(await seenTo(db, stream)),
  ];
  return moments.toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

const photosIn = ({ type, data }: Recorded): string[] =>
  type === 'OrderPlaced' ? (data as { lines: { photoId?: string }[] }).lines.flatMap(({ photoId }) => photoId ?? []) : [];

const ofOrder = ({ at, type, version, data }: Recorded): Moment => ({
  at,
  kind: attempts.has(type) ? 'attempt' : emails.has(type) ? 'email' : 'event',
  summary: Object.hasOwn(summaries, type) ? summaries[type as OrderEventType] : `${type}.`,
  data: { version, type, ...(data as object) },
});

function ofPhoto({ at, type, stream, data }: Recorded): Moment {
  const { detail } = data as { detail?: string };
  return {
    at,
    kind: attempts.has(type) ? 'attempt' : 'event',
    summary: photoSummaries[type] ?? `${type}.`,
    data: { type, photoId: stream.slice('photo:'.length), detail },
  };
}

/** What it waits for, and what was given up. What went wrong is an operator's to read, among the dead letters. */
async function waits(db: Database, stream: string): Promise<Moment[]> {
  const rows = await db.run<{ at: Date; dead: boolean; what: string; attempts: number }>(
    'timeline-waits',
    `SELECT coalesce(ended_at, claimed_until, due) AS at, state = 'dead' AS dead, kind AS what, attempts FROM effects
       WHERE key > $1 || ':' AND key < $1 || ';' AND (state = 'dead' OR state = 'open' AND attempts > 0)
     UNION ALL
     SELECT coalesce(dead_at, due), dead_at IS NOT NULL, consumer, attempts FROM bookmarks
       WHERE consumer = ANY ($2) AND stream = $1 AND (dead_at IS NOT NULL OR due IS NOT NULL)`,
    [stream, ['fulfilment', 'payments', 'notifications', 'webhooks', 'status']],
  );
  return rows.map(({ at, dead, what, attempts }) => ({
    at: at.toISOString(),
    kind: dead ? 'dead-letter' : 'wait',
    summary: dead ? `“${what}” was given up; an operator has to see to it.` : `“${what}” is under way, or waits for its next try.`,
    data: { what, attempts },
  }));
}

/** Each call to who placed it. Where it went is not said. */
async function calls(db: Database, stream: string): Promise<Moment[]> {
  const rows = await db.run<{ version: number; status: string; attempt: number; at: Date; code: number | null; error: string | null }>(
    'timeline-webhooks',
    'SELECT version, status, attempt, at, code, error FROM webhook_tries WHERE stream = $1 ORDER BY version, attempt',
    [stream],
  );
  return rows.map(({ version, status, attempt, at, code, error }) => ({
    at: at.toISOString(),
    kind: 'webhook',
    summary: `Whoever placed it was called for “${status}”: ${code ? `answered ${code}` : (error ?? 'how that ended is not known')}.`,
    data: { type: `order.${status}`, version, attempt, statusCode: code, error },
  }));
}

/** What an operator has done about what was given up. */
async function seenTo(db: Database, stream: string): Promise<Moment[]> {
  const rows = await db.run<{ at: Date; did: 'redriven' | 'dropped'; by: string; consumer: string; letter: string }>(
    'timeline-letters',
    'SELECT at, did, by, consumer, letter FROM dead_letter_log WHERE stream = $1 ORDER BY at',
    [stream],
  );
  return rows.map(({ at, did, by, consumer, letter }) => ({
    at: at.toISOString(),
    kind: 'dead-letter',
    summary: did === 'redriven' ? `The ${by} had “${consumer}” tried again.` : `The ${by} dropped “${consumer}”.`,
    data: { what: consumer, did, by, deadLetter: letter },
  }));
}
