import { photo, readPhotoEvent, type Photo } from '#libs/photo';
import { idOf, postgresEventStore, type Database } from '#libs/store';
import { newestStreams } from '../newest-streams.js';

/** Photos, newest first, as orders are listed; where some were erased, a page has fewer. @param after the last photo of the page before */
export async function listPhotos(
  db: Database,
  { limit, after }: { limit: number; after?: string },
): Promise<{ photos: { id: string; at: string; photo: Photo }[]; next: string | null }> {
  const { streams: page, next } = await newestStreams(db, 'photo', { limit, after });
  const histories = await postgresEventStore.load(
    db,
    page.map((stream) => ({ stream, after: 0 })),
  );
  const photos = page.flatMap((stream) => {
    const events = histories.get(stream) ?? [];
    const state = events.reduce((was, event) => {
      const known = readPhotoEvent(event);
      return known ? photo.evolve(was, known, event.at) : was;
    }, photo.initial);
    return events[0] && state.status !== 'erased' ? [{ id: idOf(stream), at: events[0].at, photo: state }] : [];
  });
  return { photos, next };
}
