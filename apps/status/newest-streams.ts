import { idOf, type Database } from '#libs/store';

/** Behind every id. */
const end = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** The streams of a kind, newest first: ids are in the order of their time. @param after the last id of the page before */
export async function newestStreams(
  db: Database,
  kind: string,
  { limit, after = end }: { limit: number; after?: string },
): Promise<{ streams: string[]; next: string | null }> {
  const rows = await db.run<{ stream: string }>(
    'streams-newest',
    'SELECT stream FROM events WHERE version = 1 AND stream > $1 AND stream < $2 ORDER BY stream DESC LIMIT $3',
    [`${kind}:`, `${kind}:${after}`, limit + 1],
  );
  const streams = rows.slice(0, limit).map(({ stream }) => stream);
  return { streams, next: rows.length > limit ? idOf(streams.at(-1)!) : null };
}
