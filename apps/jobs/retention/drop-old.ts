import { firstIdOf } from '../first-id.js';
import { idOf, kindOf, type Tx } from '#libs/store';

/** Of what the shop keeps to do its work, and does not need any more. */
export const keptDays = 30;
/** Of who had what dead letter tried again. */
const keptLettersDays = 365;

/** So many rows a statement: a tenth of a second, whatever has gathered. */
const most = 1_000;

/** What can be told to be old by itself. @returns its rows of one table each; 0 everywhere once nothing is left */
export const dropOld: Readonly<Record<string, (tx: Pick<Tx, 'run'>) => Promise<number>>> = {
  runs: (tx) =>
    dropped(
      tx,
      'runs',
      // Their log goes with them.
      `DELETE FROM runs WHERE id IN (SELECT id FROM runs WHERE id < $1 AND ended_at < now() - interval '${keptDays} days' ORDER BY id LIMIT ${most})`,
      [firstIdOf(keptDays)],
    ),
  seals: (tx) =>
    dropped(
      tx,
      'seals',
      // What has expired is refused for that, whether it was used or not.
      `DELETE FROM used_seals WHERE jti IN (SELECT jti FROM used_seals WHERE expires < now() - interval '1 day' ORDER BY expires LIMIT ${most})`,
      [],
    ),
  letters: (tx) =>
    dropped(
      tx,
      'letters',
      // Few: an operator's hand did each.
      `DELETE FROM dead_letter_log WHERE letter < $1 AND at < now() - interval '${keptLettersDays} days'`,
      [firstIdOf(keptLettersDays)],
    ),
};

const dropped = async (tx: Pick<Tx, 'run'>, name: string, statement: string, values: readonly unknown[]): Promise<number> =>
  (await tx.run(`retention-${name}`, `${statement} RETURNING 1 AS gone`, values)).length;

/** Of the streams that have effects, in the order in which they are gone through. */
const kinds = ['account', 'order', 'photo'];

/**
 * Drops what was kept of the work on the next streams: effects, bookmarks, calls. Only of accounts, orders and photos that are erased, since a day,
 * so that nobody takes note of that any more; and only where all of it is over. If their news come once more they are done once more, by their
 * state, which then leads to nothing, or to a call that has no address any more. Dead letters stay: an operator sees to them.
 * @param after a key of an effect @returns undefined when all have been seen
 */
export async function dropWork(tx: Tx, after: string): Promise<{ after: string; streams: number } | undefined> {
  const kind = kindOf(after);
  const page = await tx.run<{ stream: string }>(
    'retention-page',
    `SELECT DISTINCT stream FROM (SELECT stream FROM effects WHERE key > $1 AND key < $2 ORDER BY key LIMIT ${most}) AS e ORDER BY stream`,
    [after, `${kind}:${firstIdOf(keptDays)}`],
  );
  const next = kinds[kinds.indexOf(kind) + 1];
  if (page.length === 0) return next ? { after: `${next}:`, streams: 0 } : undefined;
  const past = await tx.run<{ stream: string; consumers: string[] }>(
    'retention-past',
    `SELECT w.stream, all_of.consumers FROM unnest($1::text[]) AS w (stream),
       (SELECT array_agg(DISTINCT c) AS consumers FROM workers, unnest(consumers) AS c) AS all_of
     WHERE EXISTS (SELECT FROM events e WHERE e.stream = w.stream AND e.type IN ('PersonalDataErased', 'PhotoErased', 'AccountErased'))
       AND NOT EXISTS (SELECT FROM events e WHERE e.stream = w.stream AND e.at > now() - interval '1 day')
       AND NOT EXISTS (SELECT FROM effects e WHERE e.key > w.stream || ':' AND e.key < w.stream || ';'
         AND NOT (e.state IN ('done', 'withdrawn') AND e.ended_at < now() - interval '${keptDays} days'))
       AND NOT EXISTS (SELECT FROM bookmarks b WHERE b.consumer = ANY (all_of.consumers) AND b.stream = w.stream
         AND (b.dead_at IS NOT NULL OR b.due IS NOT NULL OR b.version < b.head))`,
    [page.map(({ stream }) => stream)],
  );
  const streams = past.map(({ stream }) => stream);
  if (streams.length > 0) {
    tx.locks('bookmark');
    await tx.run('retention-bookmarks', 'DELETE FROM bookmarks WHERE consumer = ANY ($1) AND stream = ANY ($2)', [
      past[0]!.consumers,
      streams,
    ]);
    await tx.run('retention-tries', 'DELETE FROM webhook_tries WHERE stream = ANY ($1)', [streams]);
    tx.locks('effect');
    await tx.run(
      'retention-effects',
      `DELETE FROM effects WHERE key = ANY (ARRAY (
         SELECT e.key FROM unnest($1::text[]) AS w (stream)
         CROSS JOIN LATERAL (SELECT key FROM effects WHERE key > w.stream || ':' AND key < w.stream || ';' ORDER BY key LIMIT 100000) e))`,
      [streams],
    );
  }
  // Behind all of the last stream's keys.
  return { after: `${kind}:${idOf(page.at(-1)!.stream)};`, streams: streams.length };
}
