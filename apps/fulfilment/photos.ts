import { isNext, type Order } from '#libs/order';
import { postgresEventStore, type Tx } from '#libs/store';
import { fold, photos } from '#libs/work';

export type PhotosAnswer =
  | { readonly ready: true }
  | { readonly rejected: string; readonly detail: string }
  /** Look again after so many milliseconds. */
  | { readonly waiting: number };

/**
 * How the photos of the orders stand that wait for them. Who has to wait leaves word, so that the photo's end wakes it at once. That word can be
 * missed (the photo ends between our look and our commit); so the order looks again by itself, each second.
 */
export async function photosOf(tx: Tx, states: ReadonlyMap<string, Order>): Promise<ReadonlyMap<string, PhotosAnswer>> {
  const waiting = [...states].filter(([, order]) => isNext(order, { take: 'photos' }));
  const wanted = new Map(waiting.map(([stream, order]) => [stream, [...new Set(order.lines.flatMap(({ photoId }) => photoId ?? []))]]));
  const streams = [...new Set([...wanted.values()].flat())].map((id) => ({ stream: `photo:${id}`, after: 0 }));
  const loaded = await postgresEventStore.load(tx, streams);
  const state = (id: string) => fold(photos, loaded.get(`photo:${id}`) ?? []);

  const answers = new Map<string, PhotosAnswer>();
  const unready: { photo: string; stream: string }[] = [];
  for (const [stream, ids] of wanted) {
    const rejected = ids.find((id) => state(id).status === 'rejected');
    const open = ids.filter((id) => state(id).status !== 'ready');
    if (rejected) answers.set(stream, { rejected, detail: state(rejected).reason ?? 'The photo cannot be printed.' });
    else if (open.length === 0) answers.set(stream, { ready: true });
    else {
      answers.set(stream, { waiting: 1_000 });
      unready.push(...open.map((id) => ({ photo: `photo:${id}`, stream })));
    }
  }
  if (unready.length) {
    await tx.run(
      'photo-waits',
      'INSERT INTO photo_waits (photo, stream) SELECT * FROM unnest($1::text[], $2::text[]) AS t (photo, stream) ORDER BY 1, 2 ON CONFLICT DO NOTHING',
      [unready.map((one) => one.photo), unready.map((one) => one.stream)],
    );
  }
  return answers;
}

/** The doorbell: these photos have come to their end, so who waits for them is due now. */
export async function wakeOrders(db: Pick<Tx, 'run'>, photoStreams: readonly string[]): Promise<void> {
  await db.run(
    'photo-wake',
    `WITH heard AS (DELETE FROM photo_waits WHERE photo = ANY ($1) RETURNING stream)
     UPDATE bookmarks SET due = now() WHERE consumer = 'fulfilment' AND error IS NULL AND dead_at IS NULL AND due > now() AND stream IN (SELECT stream FROM heard)`,
    [photoStreams],
  );
}
