import { endTypes, mailsDue, next } from '#libs/order';
import { postgresEventStore, type Recorded, type Tx, type Write } from '#libs/store';
import { decide, fold, orders, UnknownEvent } from '#libs/work';
import { loosen } from './erase-photos.js';

export interface Erased {
  readonly erased: number;
  /** Their time has come, and they are under way or still owed something: a mail, say, for which the address is needed. */
  readonly waiting: readonly string[];
}

/** However much it is owed, an order, or an account, is owed nothing any more so long after its term: nobody is at it. */
export const patienceMs = 7 * 24 * 60 * 60_000;

/**
 * Erases who placed these orders: deletes the rows, lets go of their photos and appends the fact, in one transaction, so that whoever folds the
 * streams anew comes to the same. @param endedBefore RFC 3339; those that ended later stay untouched and are not told of
 */
export async function eraseOrders(tx: Tx, streams: readonly string[], endedBefore: string): Promise<Erased> {
  const owed = await owedWork(tx, streams);
  const loaded = await postgresEventStore.load(
    tx,
    streams.map((stream) => ({ stream, after: 0 })),
  );
  const at = new Date().toISOString();
  const waiting: string[] = [];
  const done: string[] = [];
  const pictures = new Map<string, readonly string[]>();
  const writes: Write[] = [];
  for (const stream of streams) {
    const recorded = loaded.get(stream) ?? [];
    const end = recorded.find(({ type }) => endTypes.includes(type));
    const state = stateOf(recorded);
    if (end && end.at > endedBefore) continue;
    const late = end && Date.parse(endedBefore) - Date.parse(end.at) > patienceMs;
    if (!end || !state || (!late && (owed.has(stream) || next(state) || mailsDue(state).length > 0))) {
      waiting.push(stream);
      continue;
    }
    pictures.set(
      stream,
      state.lines.flatMap(({ photoId }) => photoId ?? []),
    );
    const decided = decide(orders, { do: 'erase' }, state);
    if ('refused' in decided) waiting.push(stream);
    else if (decided.length === 0) done.push(stream);
    else writes.push({ stream, expected: recorded.length, events: decided, meta: recorded[0]!.meta, at });
  }
  const answers = await postgresEventStore.append(tx, writes);
  // Whose stream another was faster to append to is looked at again by the next run.
  writes.forEach(({ stream }, n) => (answers[n] === 'ok' ? done : waiting).push(stream));
  if (done.length > 0) {
    await tx.run('personal-erase', 'DELETE FROM personal WHERE stream = ANY ($1)', [done]);
    await loosen(
      tx,
      done.flatMap((stream) => pictures.get(stream)!),
    );
  }
  return { erased: done.length, waiting };
}

/** `undefined`: an event of a later build stands in it, which may owe it something that this one does not know. */
function stateOf(recorded: readonly Recorded[]) {
  try {
    return fold(orders, recorded);
  } catch (error) {
    if (error instanceof UnknownEvent) return undefined;
    throw error;
  }
}

/** Those with an effect that is open, or with an end of which its receiver is yet to be called. */
async function owedWork(tx: Pick<Tx, 'run'>, streams: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await tx.run<{ stream: string }>(
    'retention-owed',
    `SELECT w.stream FROM unnest($1::text[]) AS w (stream)
     CROSS JOIN LATERAL (SELECT FROM effects WHERE key > w.stream || ':' AND key < w.stream || ';' AND state = 'open' LIMIT 1) e
     UNION ALL SELECT stream FROM bookmarks WHERE consumer = 'webhooks' AND stream = ANY ($1) AND version < head AND dead_at IS NULL
     UNION ALL SELECT e.stream FROM unnest($1::text[]) AS w (stream)
     CROSS JOIN LATERAL (SELECT stream FROM events WHERE stream = w.stream AND version = 1 AND meta ->> 'webhook' = 'true' LIMIT 1) e
     WHERE NOT EXISTS (SELECT FROM bookmarks b WHERE b.consumer = 'webhooks' AND b.stream = e.stream)`,
    [streams],
  );
  return new Set(rows.map(({ stream }) => stream));
}
