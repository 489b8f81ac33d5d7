import { isNext, type Order } from '#libs/order';
import { whyNoPrint } from '#libs/photo';
import { postgresEventStore, type Tx } from '#libs/store';
import { fold, photos } from '#libs/work';

export type PhotosAnswer = { readonly ready: true } | { readonly rejected: string; readonly detail: string } | { readonly waiting: true };

/**
 * How the photos of the orders stand that wait for them. Who has to wait leaves word, so that the photo's end wakes it at once. That word can be
 * missed (the photo ends between our look and our commit); so the order looks again by itself.
 */
export async function photosOf(tx: Tx, states: ReadonlyMap<string, Order>): Promise<ReadonlyMap<string, PhotosAnswer>> {
  const waiting = [...states].filter(([, order]) => isNext(order, { take: 'photos' }));
  const wanted = new Map(waiting.map(([stream, order]) => [stream, [...new Set(order.lines.flatMap(({ photoId }) => photoId ?? []))]]));
  const streams = [...new Set([...wanted.values()].flat())].map((id) => ({ stream: `photo:${id}`, after: 0 }));
  const loaded = await postgresEventStore.load(tx, streams);
  const state = (id: string) => fold(photos, loaded.get(`photo:${id}`) ?? []);

  const answers = new Map<string, PhotosAnswer>();
  const unready: { photo: string; stream: string }[] = [];
  const over: { photo: string; stream: string }[] = [];
  for (const [stream, ids] of wanted) {
    // One that was erased between the order and now is none to wait for.
    const rejected = ids.find((id) => ['rejected', 'erased'].includes(state(id).status));
    const open = ids.filter((id) => state(id).status !== 'ready');
    if (rejected || open.length === 0) over.push(...ids.map((id) => ({ photo: `photo:${id}`, stream })));
    if (rejected) answers.set(stream, { rejected, detail: whyNoPrint(state(rejected))! });
    else if (open.length === 0) answers.set(stream, { ready: true });
    else {
      answers.set(stream, { waiting: true });
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
  if (over.length) {
    await tx.run(
      'photo-waits-over',
      'DELETE FROM photo_waits p USING unnest($1::text[], $2::text[]) AS t (photo, stream) WHERE p.photo = t.photo AND p.stream = t.stream',
      [over.map((one) => one.photo), over.map((one) => one.stream)],
    );
  }
  return answers;
}

/** The doorbell: these photos have come to their end, so who waits for them is due now. Bookmarks first, sorted, as everywhere. */
export async function wakeOrders(db: Pick<Tx, 'run'>, photoStreams: readonly string[]): Promise<void> {
  await db.run(
    'photo-wake',
    `WITH due AS (
       SELECT stream FROM bookmarks
       WHERE consumer = 'fulfilment' AND error IS NULL AND dead_at IS NULL AND due > now()
         AND stream IN (SELECT stream FROM photo_waits WHERE photo = ANY ($1))
       ORDER BY stream FOR NO KEY UPDATE
     ), woken AS (
       UPDATE bookmarks b SET due = now() FROM due WHERE b.consumer = 'fulfilment' AND b.stream = due.stream RETURNING b.stream
     )
     DELETE FROM photo_waits WHERE photo = ANY ($1) AND (SELECT count(*) FROM woken) >= 0`,
    [photoStreams],
  );
}
