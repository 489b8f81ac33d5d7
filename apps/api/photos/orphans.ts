import { deleteAll, type Objects } from '#libs/objects';
import { knownPhotos, type Database } from '#libs/store';

/** An upload that is still coming in, or whose event is on its way, is younger by far. */
const oldMs = 24 * 60 * 60_000;
const batch = 500;
const ofPhoto = /^photos\/([0-9a-f-]{36})\//;

/**
 * Deletes the images that no event tells of: the process died, or the database was away, when the upload was there and its event was not. And
 * those of photos that are erased: one was being rendered meanwhile.
 * @returns of how many photos
 */
export async function dropOrphans(db: Pick<Database, 'run'>, objects: Objects, signal: AbortSignal): Promise<number> {
  let dropped = 0;
  let ids = new Set<string>();
  const judge = async (): Promise<void> => {
    const known = await knownPhotos(db, [...ids]);
    for (const id of ids) {
      if (known.has(id)) continue;
      await deleteAll(objects, `photos/${id}/`);
      dropped += 1;
    }
    ids = new Set();
  };
  for await (const { name, at } of objects.list('photos/')) {
    signal.throwIfAborted();
    const id = ofPhoto.exec(name)?.[1];
    if (id && Date.now() - at.getTime() > oldMs) ids.add(id);
    if (ids.size === batch) await judge();
  }
  if (ids.size > 0) await judge();
  return dropped;
}
