import { isRefusal, type Stored } from '#libs/decider';
import { deleteAll, type Objects } from '#libs/objects';
import { readOrderEvent } from '#libs/order';
import { idOf, postgresEventStore, type NewEvent, type Recorded, type Tx } from '#libs/store';
import { decide, fold, photos, UnknownEvent } from '#libs/work';
import { firstIdOf } from '../first-id.js';

/** A photo that is about to be ordered is a few hours old, whatever the shop's term is. */
const leastDays = 1;
/** A step over so many takes a tenth of a second; a photo's images are a few files, each made sure of. */
const [mostStreams, mostErased, mostDeleted] = [2_000, 500, 50];

/** These belong to an order that is erased, and are to go with it. */
export async function loosen(tx: Pick<Tx, 'run'>, ids: readonly string[]): Promise<void> {
  await tx.run(
    'photos-loosen',
    `INSERT INTO loose_photos SELECT DISTINCT 'photo:' || id FROM unnest($1::text[]) AS t (id) ON CONFLICT DO NOTHING`,
    [ids],
  );
}

/**
 * The next of all photos that are past the term, whoever has ordered them or nobody: what an order needs is taken off the list after it.
 * @returns the last one looked at; undefined when all have been
 */
export async function loosenOld(tx: Pick<Tx, 'run'>, after: string, days: number): Promise<string | undefined> {
  const page = await tx.run<{ stream: string }>(
    'photos-old',
    'SELECT stream FROM events WHERE version = 1 AND stream > $1 AND stream < $2 ORDER BY stream LIMIT $3',
    [after, `photo:${firstIdOf(Math.max(days, leastDays))}`, mostStreams],
  );
  await tx.run(
    'photos-loosen-old',
    `INSERT INTO loose_photos SELECT stream FROM unnest($1::text[]) AS w (stream)
     WHERE NOT EXISTS (SELECT FROM events e WHERE e.stream = w.stream AND e.type = 'PhotoErased') ON CONFLICT DO NOTHING`,
    [page.map(({ stream }) => stream)],
  );
  return page.at(-1)?.stream;
}

/** Takes those off the list that the next orders need: all orders whose customer is known. @returns the last one; undefined when all have been seen, or the list is empty */
export async function keepNeeded(tx: Pick<Tx, 'run'>, after: string): Promise<string | undefined> {
  const page = await tx.run<{ stream: string }>(
    'photos-orders',
    'SELECT DISTINCT stream FROM personal WHERE stream > $1 AND EXISTS (SELECT FROM loose_photos) ORDER BY stream LIMIT $2',
    [after, mostStreams],
  );
  const placed = await tx.run<Stored & { stream: string }>(
    'photos-orders-placed',
    `SELECT e.* FROM unnest($1::text[]) AS w (stream)
     CROSS JOIN LATERAL (SELECT stream, type, data, meta FROM events WHERE stream = w.stream AND version = 1 LIMIT 1) e`,
    [page.map(({ stream }) => stream)],
  );
  const needed = placed.flatMap(({ stream, ...fact }) => {
    const event = readOrderEvent(fact);
    if (event?.type !== 'OrderPlaced') throw new Error(`${stream} is of a later build: which photos it needs is known there.`);
    return event.data.lines.flatMap(({ photoId }) => photoId ?? []);
  });
  await tx.run('photos-keep', 'DELETE FROM loose_photos WHERE stream = ANY ($1)', [needed.map((id) => `photo:${id}`)]);
  return page.at(-1)?.stream;
}

/** Appends the fact to the next streams on the list. @returns the last one, undefined when all have been seen; and how many were erased */
export async function erasePhotos(tx: Tx, after: string): Promise<{ last: string | undefined; erased: number }> {
  const page = await tx.run<{ stream: string }>(
    'photos-next',
    'SELECT stream FROM loose_photos WHERE stream > $1 ORDER BY stream LIMIT $2',
    [after, mostErased],
  );
  const loaded = await postgresEventStore.load(
    tx,
    page.map(({ stream }) => ({ stream, after: 0 })),
  );
  const at = new Date().toISOString();
  const writes = page.flatMap(({ stream }) => {
    const recorded = loaded.get(stream) ?? [];
    const events = erasing(recorded);
    return events.length > 0 ? [{ stream, expected: recorded.length, events, meta: recorded[0]!.meta, at }] : [];
  });
  const answers = await postgresEventStore.append(tx, writes);
  return { last: page.at(-1)?.stream, erased: answers.filter((answer) => answer === 'ok').length };
}

/** Nothing where it is erased already, or has an event of a later build: that one may know better. */
function erasing(recorded: readonly Recorded[]): readonly NewEvent[] {
  try {
    const decided = decide(photos, { do: 'erase' }, fold(photos, recorded));
    return isRefusal(decided) ? [] : decided;
  } catch (error) {
    if (error instanceof UnknownEvent) return [];
    throw error;
  }
}

/**
 * Deletes the images of the next that are erased, and then takes them off the list: whoever dies in between leaves them there, and the next run
 * deletes them once more. @returns how many; 0 when nothing is left
 */
export async function deleteImages(tx: Pick<Tx, 'run'>, objects: Objects): Promise<number> {
  const page = await tx.run<{ stream: string }>(
    'photos-erased',
    `SELECT stream FROM loose_photos l WHERE EXISTS (SELECT FROM events e WHERE e.stream = l.stream AND e.type = 'PhotoErased')
     ORDER BY stream LIMIT $1`,
    [mostDeleted],
  );
  const streams = page.map(({ stream }) => stream);
  for (const stream of streams) await deleteAll(objects, `photos/${idOf(stream)}/`);
  await tx.run('photos-gone', 'DELETE FROM loose_photos WHERE stream = ANY ($1)', [streams]);
  return streams.length;
}
