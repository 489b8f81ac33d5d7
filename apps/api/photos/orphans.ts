import type { Objects } from '#libs/objects';
import type { Database } from '#libs/store';
import { originalOf } from './receive-photo.js';

/** An upload that is still coming in, or whose event is on its way, is younger by far. */
const oldMs = 24 * 60 * 60_000;
const batch = 500;
const upload = /^photos\/([0-9a-f-]{36})\/original$/;

/**
 * Deletes the uploads that no event tells of: the process died, or the database was away, when the upload was there and its event was not.
 * @returns how many
 */
export async function dropOrphans(db: Pick<Database, 'run'>, objects: Objects, signal: AbortSignal): Promise<number> {
  let dropped = 0;
  let ids: string[] = [];
  const judge = async (): Promise<void> => {
    const rows = await db.run<{ stream: string }>('photos-known', 'SELECT stream FROM events WHERE version = 1 AND stream = ANY ($1)', [
      ids.map((id) => `photo:${id}`),
    ]);
    const known = new Set(rows.map(({ stream }) => stream));
    for (const id of ids.filter((one) => !known.has(`photo:${one}`))) {
      await objects.delete(originalOf(id));
      dropped += 1;
    }
    ids = [];
  };
  for await (const { name, at } of objects.list('photos/')) {
    signal.throwIfAborted();
    const id = upload.exec(name)?.[1];
    if (id && Date.now() - at.getTime() > oldMs) ids.push(id);
    if (ids.length === batch) await judge();
  }
  if (ids.length > 0) await judge();
  return dropped;
}
