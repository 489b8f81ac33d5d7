import type { Database, Tx } from './database.js';
import { tell } from './tell-again.js';

/** What was given up: a consumer's bookmark in a stream, an effect, or a record of the broker that nobody could read. */
export interface DeadLetter {
  /** UUIDv7, of the time of its death. */
  readonly id: string;
  readonly topic: string;
  /** The consumer's name, or the effect's kind. */
  readonly consumer: string;
  /** The stream. Of a record the key it came with, if any. */
  readonly key: string | null;
  readonly type: string | null;
  readonly cause: { readonly message: string };
  readonly attempts: number;
  /** RFC 3339, as is the next. */
  readonly firstFailedAt: string;
  readonly lastFailedAt: string;
  /** The public fact it was about. Of a record where it stood: its bytes are no fact of ours. */
  readonly message: unknown;
}

export interface LettersWanted {
  readonly ids?: readonly string[];
  readonly consumer?: string;
  readonly type?: string;
  readonly topic?: string;
  /** Those that died before this one. */
  readonly before?: string;
  readonly most: number;
}

type Row = Omit<DeadLetter, 'cause' | 'firstFailedAt' | 'lastFailedAt'> & {
  cause: string | null;
  first_failed_at: Date;
  last_failed_at: Date;
};

/** Behind every id. */
const end = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
const filter =
  'id < $1 AND ($2::uuid[] IS NULL OR id = ANY ($2)) AND consumer = coalesce($3, consumer) AND ($4::text IS NULL OR type = $4) AND topic = coalesce($5, topic)';
const values = ({ ids, consumer, type, topic, before, most }: LettersWanted): unknown[] => [
  before ?? end,
  ids ?? null,
  consumer ?? null,
  type ?? null,
  topic ?? null,
  most,
];

/** The last dead first. */
export async function listDeadLetters(db: Database, wanted: LettersWanted): Promise<DeadLetter[]> {
  const rows = await db.run<Row>(
    'letters',
    `SELECT id, topic, consumer, key, type, cause, attempts, first_failed_at, last_failed_at, message FROM dead_letters
     WHERE ${filter} ORDER BY id DESC LIMIT $6`,
    values(wanted),
  );
  return rows.map(({ id, topic, consumer, key, type, cause, attempts, first_failed_at, last_failed_at, message }) => ({
    id,
    topic,
    consumer,
    key,
    type,
    cause: { message: cause ?? 'unknown' },
    attempts,
    firstFailedAt: first_failed_at.toISOString(),
    lastFailedAt: last_failed_at.toISOString(),
    message,
  }));
}

interface Ref {
  readonly id: string;
  readonly kind: 'bookmark' | 'effect' | 'record';
  readonly ref: string;
  readonly consumer: string;
  readonly key: string | null;
}

const refs = (tx: Tx, wanted: LettersWanted): Promise<Ref[]> =>
  tx.run<Ref & Record<string, unknown>>(
    'letters-refs',
    `SELECT id, kind, ref, consumer, key FROM dead_letters WHERE ${filter} ORDER BY id LIMIT $6`,
    values(wanted),
  );
const of = (kind: Ref['kind'], some: readonly Ref[]): string[] => some.filter((one) => one.kind === kind).map(({ ref }) => ref);

/** What is to be written of each kind of letter; each statement returns the `ref` of those that were dead still. */
interface Ending {
  readonly did: 'redriven' | 'dropped';
  readonly bookmarks: string;
  readonly effects: string;
}

/**
 * As if it had never failed. A bookmark is due at once. An effect begins its attempts anew; under the same key, after a look, where its outcome is
 * unknown, and under a new one where the other side has said no. Of a record the stream it was about is told of again: the streams are the
 * truth, and whatever stood in the record could say no more than that there is news.
 */
const again: Ending = {
  did: 'redriven',
  bookmarks: 'attempts = 0, due = now(), dead_at = NULL, error = NULL, first_failed_at = NULL, last_failed_at = NULL',
  effects: `state = 'open', attempts = 0, deaths = 0, round = round + (NOT unknown)::int, due = now(), ended_at = NULL, error = NULL, first_failed_at = NULL`,
};

/**
 * Nobody will try this again. The consumer's bookmark goes past what it failed on, so that the next news of the stream are handled: an order must not
 * be deaf for ever since one message was dropped. An effect is over, without anybody having been told.
 */
const over: Ending = {
  did: 'dropped',
  bookmarks: 'version = head, attempts = 0, due = NULL, dead_at = NULL, error = NULL, first_failed_at = NULL, last_failed_at = NULL',
  effects: `state = 'done'`,
};

async function finish(tx: Tx, { did, bookmarks, effects }: Ending, wanted: LettersWanted, by: string): Promise<readonly Ref[]> {
  const found = await refs(tx, wanted);
  tx.locks('bookmark');
  const ended = [
    ...(await tx.run<{ ref: string }>(
      `letters-${did}-bookmarks`,
      `WITH held AS MATERIALIZED (
         SELECT b.consumer, b.stream FROM bookmarks b WHERE (b.consumer, b.stream) IN (SELECT split_part(ref, ' ', 1), split_part(ref, ' ', 2) FROM unnest($1::text[]) AS t (ref))
           AND b.dead_at IS NOT NULL ORDER BY b.consumer, b.stream FOR NO KEY UPDATE OF b)
       UPDATE bookmarks SET ${bookmarks} WHERE (consumer, stream) IN (SELECT consumer, stream FROM held) RETURNING consumer || ' ' || stream AS ref`,
      [of('bookmark', found)],
    )),
  ];
  tx.locks('effect');
  ended.push(
    ...(await tx.run<{ ref: string }>(
      `letters-${did}-effects`,
      `UPDATE effects SET ${effects}
       WHERE key = ANY (ARRAY (SELECT key FROM effects WHERE key = ANY ($1) AND state = 'dead' ORDER BY key FOR NO KEY UPDATE)) RETURNING key AS ref`,
      [of('effect', found)],
    )),
    ...(await tx.run<{ ref: string }>('letters-gone', 'DELETE FROM undecodable WHERE id = ANY ($1::uuid[]) RETURNING id::text AS ref', [
      of('record', found),
    ])),
  );
  const still = new Set(ended.map(({ ref }) => ref));
  const done = found.filter(({ ref }) => still.has(ref));
  await tx.run(
    'letters-log',
    `INSERT INTO dead_letter_log (letter, did, by, consumer, stream)
     SELECT letter, $4, $5, consumer, stream FROM unnest($1::uuid[], $2::text[], $3::text[]) AS t (letter, consumer, stream)`,
    [done.map(({ id }) => id), done.map(({ consumer }) => consumer), done.map(({ key }) => key), did, by],
  );
  return done;
}

/**
 * Has them tried again, and says so on record.
 * @param by who wants it
 * @returns the ids of those that were dead still
 */
export async function redriveDeadLetters(tx: Tx, wanted: LettersWanted, by: string): Promise<string[]> {
  const done = await finish(tx, again, wanted, by);
  const streams = new Set(done.flatMap(({ kind, key }) => (kind === 'record' && key !== null ? [key] : [])));
  if (streams.size > 0) await tell(tx, [...streams].toSorted());
  return done.map(({ id }) => id);
}

/** Takes them off the list for good, and says so on record. @returns the ids of those that were dead still */
export async function dropDeadLetters(tx: Tx, wanted: LettersWanted, by: string): Promise<string[]> {
  return (await finish(tx, over, wanted, by)).map(({ id }) => id);
}

/** A record that nobody could read. */
export interface UndecodableRecord {
  readonly topic: string;
  readonly consumer: string;
  readonly partition: number;
  readonly offset: string;
  readonly key: string | null;
  readonly type: string | null;
  readonly cause: string;
  /** RFC 3339: when it was published. */
  readonly at: string;
}

/** The same again changes nothing. */
export async function fileUndecodable(db: Database, records: readonly UndecodableRecord[]): Promise<void> {
  await db.run(
    'letters-file',
    `INSERT INTO undecodable (id, topic, consumer, key, type, message, cause, at)
     SELECT dead_letter_id(at, concat_ws('/', topic, consumer, message ->> 'partition', message ->> 'offset')), topic, consumer, key, type, message, cause, at
     FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::json[], $6::text[], $7::timestamptz[]) AS t (topic, consumer, key, type, message, cause, at)
     ON CONFLICT DO NOTHING`,
    [
      records.map(({ topic }) => topic),
      records.map(({ consumer }) => consumer),
      records.map(({ key }) => key),
      records.map(({ type }) => type),
      records.map(({ topic, partition, offset }) => JSON.stringify({ topic, partition, offset })),
      records.map(({ cause }) => cause),
      records.map(({ at }) => at),
    ],
  );
}
