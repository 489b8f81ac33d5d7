import type { Tx } from './database.js';
import { idOf } from './event-store.js';

/** Those of these photos that have a stream and are not erased: their images are to be there. */
export async function knownPhotos(db: Pick<Tx, 'run'>, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await db.run<{ stream: string }>(
    'photos-known',
    `SELECT stream FROM events p WHERE version = 1 AND stream = ANY ($1)
       AND NOT EXISTS (SELECT FROM events e WHERE e.stream = p.stream AND e.type = 'PhotoErased')`,
    [ids.map((id) => `photo:${id}`)],
  );
  return new Set(rows.map(({ stream }) => idOf(stream)));
}
