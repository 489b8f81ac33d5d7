import { objectOf } from '#libs/imports';
import type { Objects } from '#libs/objects';
import type { Database } from '#libs/store';

/** The transaction that asks for its run takes ten seconds at most. */
const oldMs = 15 * 60_000;
const received = /^imports\/([0-9a-f-]{36})$/;

/**
 * Deletes what imports have left: those whose run has ended without deleting it, as one that failed or was cancelled, and those that never got
 * a run, since the process died. People stand in them, with sealed cards.
 * @returns how many
 */
export async function dropImports(db: Pick<Database, 'run'>, objects: Objects, signal: AbortSignal): Promise<number> {
  const found = new Map<string, Date>();
  for await (const { name, at } of objects.list('imports/')) {
    const id = received.exec(name)?.[1];
    if (id) found.set(id, at);
  }
  if (found.size === 0) return 0;
  const rows = await db.run<{ id: string; ended: boolean }>(
    'imports-ended',
    'SELECT id, ended_at IS NOT NULL AS ended FROM runs WHERE id = ANY ($1)',
    [[...found.keys()]],
  );
  const runs = new Map(rows.map(({ id, ended }) => [id, ended]));
  let dropped = 0;
  for (const [id, at] of found) {
    signal.throwIfAborted();
    if (!(runs.get(id) ?? Date.now() - at.getTime() > oldMs)) continue;
    await objects.delete(objectOf(id));
    dropped += 1;
  }
  return dropped;
}
