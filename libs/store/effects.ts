import type { Lane } from '#libs/bus';
import type { Database, Tx } from './database.js';

/** Something to be done outside the house, and who is at it. */
export interface EffectRow {
  readonly key: string;
  readonly kind: string;
  readonly stream: string;
  readonly lane: Lane;
  readonly input: unknown;
  /** How often it has been claimed, this time included. Committed before the work, so that what kills its process is counted. */
  readonly attempts: number;
  /** 1, and one more after each definite failure: part of the key the other side sees. */
  readonly round: number;
  /** A claim ran out over it: nobody knows whether it was done. */
  readonly unknown: boolean;
  /** W3C: what its trace follows from. */
  readonly traceparent: string | null;
}

export interface NewEffect {
  readonly key: string;
  readonly kind: string;
  readonly stream: string;
  readonly lane: Lane;
  readonly input: unknown;
  /** Claimed by whoever inserts it, from the start. */
  readonly claimed: boolean;
  readonly traceparent?: string | undefined;
}

/** Whoever is claimed is open. Where it is asked for by its key, its state is left out: the index of what is open would look cheaper than the key's. */
const columns = 'key, kind, stream, lane, input, attempts, round, unknown, traceparent';

/**
 * Inserts what is not there yet. The same key again changes nothing, but for one thing: a higher lane takes an effect along that nobody has
 * begun. Returns the rows that are the caller's to perform.
 */
export async function insertEffects(tx: Tx, effects: readonly NewEffect[], claim: string, leaseMs: number): Promise<EffectRow[]> {
  if (effects.length === 0) return [];
  tx.locks('effect');
  const sorted = [...new Map(effects.toReversed().map((effect) => [effect.key, effect])).values()].toSorted((a, b) =>
    a.key < b.key ? -1 : 1,
  );
  const rows = await tx.run<EffectRow & { mine: boolean } & Record<string, unknown>>(
    'effects-insert',
    `INSERT INTO effects (key, kind, stream, lane, input, attempts, claim, claimed_until, traceparent)
     SELECT key, kind, stream, lane, input, claimed::int, CASE WHEN claimed THEN $7::uuid END, CASE WHEN claimed THEN now() + $8 * interval '1 millisecond' END, traceparent
     FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::json[], $6::boolean[], $9::text[]) AS t (key, kind, stream, lane, input, claimed, traceparent)
     ON CONFLICT (key) DO UPDATE
       SET lane = excluded.lane, attempts = excluded.attempts, claim = excluded.claim, claimed_until = excluded.claimed_until
       WHERE effects.state = 'open' AND effects.attempts = 0 AND lane_rank(excluded.lane) < lane_rank(effects.lane)
     RETURNING ${columns}, claim IS NOT NULL AS mine`,
    [
      sorted.map((e) => e.key),
      sorted.map((e) => e.kind),
      sorted.map((e) => e.stream),
      sorted.map((e) => e.lane),
      sorted.map((e) => JSON.stringify(e.input)),
      sorted.map((e) => e.claimed),
      claim,
      leaseMs,
      sorted.map((e) => e.traceparent ?? null),
    ],
  );
  return rows.filter((row) => row.mine);
}

/**
 * Claims what is due, and what somebody claimed and let run out (of that the outcome is unknown), so many of each kind and lane. What has
 * lost its process twice in a row is suspect: claimed for a kind that is idle and has nothing else to do, or after a minute, and alone, so that
 * what kills its process is found and drags little along. One statement for a whole process: two for each kind and lane were measured at 96 a second, idle.
 */
export async function claimEffects(
  db: Database,
  { wanted, idle }: { wanted: readonly { kind: string; lane: Lane; most: number }[]; idle: readonly string[] },
  claim: string,
  leaseMs: number,
): Promise<(EffectRow & { readonly suspect: boolean })[]> {
  return db.run<EffectRow & { suspect: boolean } & Record<string, unknown>>(
    'effects-claim',
    `WITH ready AS (
       SELECT e.key, e.kind FROM unnest($1::text[], $2::text[], $3::int[]) AS wanted (kind, lane, most)
       CROSS JOIN LATERAL (
         SELECT key, kind FROM effects WHERE kind = wanted.kind AND lane = wanted.lane AND state = 'open' AND coalesce(claimed_until, due) <= now()
           AND NOT (claim IS NOT NULL AND deaths >= 1)
         ORDER BY coalesce(claimed_until, due) LIMIT wanted.most FOR NO KEY UPDATE SKIP LOCKED) e
     ), suspects AS (
       SELECT e.key FROM (SELECT DISTINCT kind FROM unnest($1::text[]) AS kind) kinds
       CROSS JOIN LATERAL (
         SELECT key FROM effects WHERE kind = kinds.kind AND state = 'open' AND claim IS NOT NULL AND deaths >= 1 AND claimed_until <=
           CASE WHEN kinds.kind = ANY ($4) AND kinds.kind NOT IN (SELECT kind FROM ready) THEN now() ELSE now() - interval '60 seconds' END
         ORDER BY claimed_until LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED) e
     )
     UPDATE effects SET attempts = attempts + 1, deaths = deaths + (claim IS NOT NULL)::int, unknown = unknown OR claim IS NOT NULL, claim = $5, claimed_until = now() + $6 * interval '1 millisecond'
     WHERE key = ANY (ARRAY (SELECT key FROM ready UNION ALL SELECT key FROM suspects)) RETURNING ${columns}, key = ANY (ARRAY (SELECT key FROM suspects)) AS suspect`,
    [wanted.map(({ kind }) => kind), wanted.map(({ lane }) => lane), wanted.map(({ most }) => most), idle, claim, leaseMs],
  );
}

/** Gives back what was claimed and never begun: the attempt does not count. */
export async function releaseEffects(db: Database, keys: readonly string[], claim: string): Promise<void> {
  await db.run(
    'effects-release',
    `UPDATE effects SET attempts = attempts - 1, claim = NULL, claimed_until = NULL, due = now()
     WHERE key = ANY (ARRAY (SELECT key FROM effects WHERE key = ANY ($1) AND claim = $2 ORDER BY key FOR NO KEY UPDATE))`,
    [keys, claim],
  );
}

/** Puts off what has not been tried: the attempt does not count, and nothing else changes. */
export async function deferEffects(db: Database, some: readonly { key: string; forMs: number }[], claim: string): Promise<void> {
  await db.run(
    'effects-defer',
    `UPDATE effects SET attempts = attempts - 1, claim = NULL, claimed_until = NULL, due = now() + ($2::float8[])[array_position($1::text[], key)] * interval '1 millisecond'
     WHERE key = ANY (ARRAY (SELECT key FROM effects WHERE key = ANY ($1) AND claim = $3 ORDER BY key FOR NO KEY UPDATE))`,
    [some.map(({ key }) => key), some.map(({ forMs }) => forMs), claim],
  );
}

/** Says that the claims are alive. Returns the keys that are still held: the others have been taken over. */
export async function holdEffects(db: Database, keys: readonly string[], claim: string, leaseMs: number): Promise<string[]> {
  const rows = await db.run<{ key: string }>(
    'effects-hold',
    `UPDATE effects SET claimed_until = now() + $3 * interval '1 millisecond'
     WHERE key = ANY (ARRAY (SELECT key FROM effects WHERE key = ANY ($1) AND claim = $2 ORDER BY key FOR NO KEY UPDATE SKIP LOCKED))
     RETURNING key`,
    [keys, claim, leaseMs],
  );
  return rows.map((row) => row.key);
}

export interface EffectEnd {
  readonly key: string;
  /** `open`: it will be tried again. `dead`: given up without anybody having been told: a dead letter. */
  readonly state: 'open' | 'done' | 'dead';
  readonly error: string | null;
  readonly retryInMs: number | null;
  /** A definite failure: the next attempt is another request. */
  readonly newRound: boolean;
  readonly unknown: boolean;
}

/** Puts off what was done and cannot be settled now: the attempt does not count, and the other side is asked before it is done again. */
export async function postponeEffect(db: Database, key: string, claim: string, error: string, forMs: number): Promise<void> {
  await db.run(
    'effects-postpone',
    `UPDATE effects SET attempts = attempts - 1, deaths = 0, unknown = true, error = $3, claim = NULL, claimed_until = NULL, due = now() + $4 * interval '1 millisecond'
     WHERE key = $1 AND claim = $2`,
    [key, claim, error, forMs],
  );
}

/** Closes them, or opens them for the next attempt. Returns the keys whose claim still held; what it returns not must have no consequence. */
export async function endEffects(tx: Tx, ends: readonly EffectEnd[], claim: string): Promise<string[]> {
  tx.locks('effect');
  const sorted = ends.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  const rows = await tx.run<{ key: string }>(
    'effects-end',
    // Without a join: whichever side a plan made while the table was empty begins with, it is the wrong one later.
    `UPDATE effects SET claim = NULL, claimed_until = NULL, deaths = 0, (state, error, first_failed_at, round, unknown, due, ended_at) = (
       SELECT ($2::text[])[n], ($3::text[])[n], CASE WHEN ($3::text[])[n] IS NOT NULL THEN coalesce(first_failed_at, now()) END, round + ($5::boolean[])[n]::int, ($6::boolean[])[n],
         now() + coalesce(($4::float8[])[n], 0) * interval '1 millisecond', CASE WHEN ($2::text[])[n] <> 'open' THEN now() END
       FROM (SELECT array_position($1::text[], key) AS n) at)
     WHERE key = ANY ($1) AND claim = $7 RETURNING key`,
    [
      sorted.map((e) => e.key),
      sorted.map((e) => e.state),
      sorted.map((e) => e.error),
      sorted.map((e) => e.retryInMs),
      sorted.map((e) => e.newRound),
      sorted.map((e) => e.unknown),
      claim,
    ],
  );
  return rows.map((row) => row.key);
}

/**
 * Takes back what nobody has begun, or would have asked for from now on: returns the keys that are certain never to be performed. An attempt that does
 * not count (put off, re-driven) has been made all the same: `unknown` says so. The others are under way, and their outcome will come.
 */
export async function withdrawEffects(
  tx: Tx,
  effects: readonly { key: string; kind: string; stream: string }[],
): Promise<ReadonlySet<string>> {
  if (effects.length === 0) return new Set();
  const rows = await tx.run<{ key: string }>(
    'effects-withdraw',
    // It waits for nobody and locks nothing that is under way, so it may stand before the append.
    `WITH given AS (SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) AS t (key, kind, stream)),
     free AS (SELECT key FROM effects WHERE key = ANY ($1) AND ended_at IS NULL AND attempts = 0 AND NOT unknown FOR NO KEY UPDATE SKIP LOCKED),
     taken_back AS (UPDATE effects e SET state = 'withdrawn', ended_at = now() FROM free WHERE e.key = free.key RETURNING e.key),
     never_asked AS (
       INSERT INTO effects (key, kind, stream, lane, input, state, ended_at)
       SELECT key, kind, stream, 'standard', 'null', 'withdrawn', now() FROM given ORDER BY key ON CONFLICT DO NOTHING RETURNING key)
     SELECT key FROM taken_back UNION ALL SELECT key FROM never_asked
     UNION ALL SELECT key FROM effects WHERE key = ANY ($1) AND state = 'withdrawn'`,
    [effects.map((e) => e.key), effects.map((e) => e.kind), effects.map((e) => e.stream)],
  );
  return new Set(rows.map((row) => row.key));
}
