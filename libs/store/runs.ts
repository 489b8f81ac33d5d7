import type { Database, Tx } from './database.js';

/** What the operator may change of a job. */
export interface JobSettings {
  readonly enabled: boolean;
  /** Cron of 5 or 6 fields; null: on demand only. */
  readonly schedule: string | null;
  /** IANA. */
  readonly timeZone: string;
  readonly overlap: 'skip' | 'queue' | 'allow';
  readonly singleton: boolean;
  readonly stoppingWaitSeconds: number;
}

/** A job as this build knows it. */
export interface DeclaredJob {
  readonly name: string;
  readonly description: string;
  /** JSON Schema. */
  readonly input: object;
  readonly missed: 'none' | 'once' | 'all';
  readonly defaults: JobSettings;
}

export type RunState = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelling' | 'cancelled';
export type Trigger = 'http' | 'schedule' | 'folder' | 'cli';

/** A run that has been claimed, and how far it had come. */
export interface RunRow {
  readonly id: string;
  readonly job: string;
  readonly state: RunState;
  readonly input: unknown;
  /** Null: it has not come to its first. */
  readonly checkpoint: unknown;
  /** How often it has been claimed at this checkpoint, this time included. Committed before the work, so that what kills its process is found. */
  readonly attempts: number;
  readonly stoppingWaitSeconds: number;
}

/** SQL, over a row of jobs that is to be set to something else: a new timetable begins now, and what it would have brought before was not missed. */
export const tickedWith = (settings: string): string =>
  `CASE WHEN ${settings} - ${untimed} = jobs.settings - ${untimed} THEN jobs.ticked_until ELSE now() END`;
const untimed = `'{overlap,singleton,stoppingWaitSeconds}'::text[]`;

/** Says which jobs there are. What the operator has changed of them stays. */
export async function declareJobs(db: Pick<Database, 'run'>, jobs: readonly DeclaredJob[]): Promise<void> {
  const sorted = jobs.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  await db.run(
    'jobs-declare',
    `INSERT INTO jobs (name, description, input, missed, defaults)
     SELECT * FROM unnest($1::text[], $2::text[], $3::json[], $4::text[], $5::jsonb[])
     ON CONFLICT (name) DO UPDATE SET description = excluded.description, input = excluded.input, missed = excluded.missed, defaults = excluded.defaults,
       ticked_until = ${tickedWith('(excluded.defaults || jobs.changed)')}`,
    [
      sorted.map(({ name }) => name),
      sorted.map(({ description }) => description),
      sorted.map(({ input }) => JSON.stringify(input)),
      sorted.map(({ missed }) => missed),
      sorted.map(({ defaults }) => JSON.stringify(defaults)),
    ],
  );
}

export interface AskedRun {
  /** UUIDv7: runs of a job begin in the order of their ids. */
  readonly id: string;
  readonly job: string;
  readonly trigger: Trigger;
  readonly input: unknown;
  /** The time of the timetable it is for: each has one run, whoever asks. RFC 3339. */
  readonly tick?: string;
}

/** Nobody has declared this job: the role that does it has never run here. */
export class NoSuchJob extends Error {
  constructor(job: string) {
    super(`There is no job ${job} here yet.`);
  }
}

/**
 * Asks for a run.
 * @returns false if there will be none: the job skips what would overlap and one is open, or its tick has its run already
 * @throws {NoSuchJob}
 */
export async function askForRun(tx: Pick<Tx, 'run'>, { id, job, trigger, input, tick }: AskedRun): Promise<boolean> {
  const rows = await tx.run(
    'run-ask',
    // Two that ask at once both find none open: the index lets one of them in.
    `INSERT INTO runs (id, job, trigger, input, tick, alone)
     SELECT $1, name, $3, $4, $5, settings ->> 'overlap' = 'skip' FROM jobs
     WHERE name = $2 AND NOT (settings ->> 'overlap' = 'skip' AND EXISTS (SELECT FROM runs WHERE job = $2 AND ended_at IS NULL))
     ON CONFLICT DO NOTHING RETURNING id`,
    [id, job, trigger, JSON.stringify(input ?? null), tick ?? null],
  );
  if (rows.length === 1) return true;
  if ((await tx.run('run-job-known', 'SELECT FROM jobs WHERE name = $1', [job])).length === 0) throw new NoSuchJob(job);
  return false;
}

/**
 * Claims the oldest run that may go on: one that waits, or whose claim has run out over it. Runs of a job go one after another, unless it says
 * `allow` and is no singleton; the job's row is the lock that makes two who claim at once agree.
 */
export async function claimRun(
  db: Database,
  jobs: readonly string[],
  { claim, instance, leaseMs }: { claim: string; instance: string; leaseMs: number },
): Promise<RunRow | undefined> {
  return db.transaction(async (tx) => {
    const [job] = await tx.run<{ name: string }>(
      'run-job',
      `SELECT name FROM jobs j WHERE name = ANY ($1) AND EXISTS (${claimable('j.name')}) ORDER BY name LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED`,
      [jobs],
    );
    if (!job) return undefined;
    const [run] = await tx.run<RunRow & Record<string, unknown>>(
      'run-claim',
      `UPDATE runs r SET claim = $2, claimed_until = now() + $3 * interval '1 millisecond', instance = $4, attempts = attempts + 1,
         state = CASE state WHEN 'queued' THEN 'running' ELSE state END, started_at = coalesce(started_at, now())
       FROM jobs j WHERE j.name = r.job AND r.id = (${claimable('$1')} ORDER BY id LIMIT 1)
       RETURNING r.id, r.job, r.state, r.input, r.checkpoint, r.attempts, (j.settings ->> 'stoppingWaitSeconds')::float8 AS "stoppingWaitSeconds"`,
      [job.name, claim, leaseMs, instance],
    );
    return run;
  });
}

const claimable = (job: string): string => `
  SELECT id FROM runs c WHERE c.job = ${job} AND c.ended_at IS NULL AND coalesce(c.claimed_until, c.due) <= now()
    AND ((SELECT settings ->> 'overlap' = 'allow' AND NOT (settings ->> 'singleton')::boolean FROM jobs WHERE name = c.job)
      OR NOT EXISTS (SELECT FROM runs o WHERE o.job = c.job AND o.id <> c.id AND o.ended_at IS NULL AND o.started_at IS NOT NULL))`;

/** Says that its process lives. @returns its state; `undefined` if the run is another's by now */
export async function holdRun(db: Pick<Database, 'run'>, id: string, claim: string, leaseMs: number): Promise<RunState | undefined> {
  const [row] = await db.run<{ state: RunState }>(
    'run-hold',
    `UPDATE runs SET claimed_until = now() + $3 * interval '1 millisecond' WHERE id = $1 AND claim = $2 RETURNING state`,
    [id, claim, leaseMs],
  );
  return row?.state;
}

/** In the transaction of a step's work. @returns false if the run is another's by now: then nothing of the transaction may stand */
export async function saveCheckpoint(tx: Tx, id: string, claim: string, checkpoint: unknown, progress: number): Promise<boolean> {
  const rows = await tx.run(
    'run-save',
    'UPDATE runs SET checkpoint = $3, progress = greatest(progress, $4), attempts = 1 WHERE id = $1 AND claim = $2 RETURNING id',
    [id, claim, JSON.stringify(checkpoint), progress],
  );
  return rows.length === 1;
}

/** @returns false if the run is another's by now */
export async function endRun(
  tx: Pick<Tx, 'run'>,
  id: string,
  claim: string,
  state: 'succeeded' | 'failed' | 'cancelled',
  result: unknown,
): Promise<boolean> {
  const rows = await tx.run(
    'run-end',
    `UPDATE runs SET state = $3, result = $4, ended_at = now(), claim = NULL, claimed_until = NULL,
       progress = CASE $3 WHEN 'succeeded' THEN 100 ELSE progress END
     WHERE id = $1 AND claim = $2 RETURNING id`,
    [id, claim, state, JSON.stringify(result ?? null)],
  );
  return rows.length === 1;
}

/** Lets go of it: it goes on from its checkpoint, here or elsewhere, after a while. `counts`: this attempt was one. @returns false if the run is another's by now */
export async function releaseRun(
  tx: Pick<Tx, 'run'>,
  id: string,
  claim: string,
  { afterMs, counts }: { afterMs: number; counts: boolean },
): Promise<boolean> {
  const rows = await tx.run(
    'run-release',
    `UPDATE runs SET claim = NULL, claimed_until = NULL, due = now() + $3 * interval '1 millisecond', attempts = greatest(0, attempts - (NOT $4)::int)
     WHERE id = $1 AND claim = $2 RETURNING id`,
    [id, claim, afterMs, counts],
  );
  return rows.length === 1;
}

export interface RunLine {
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly level: 'info' | 'error';
  readonly message: string;
}

/** Of a run's log. What it says beyond that is not kept, but for one line that says so. */
export const mostRunLines = 5_000;

export async function writeRunLog(tx: Pick<Tx, 'run'>, id: string, lines: readonly RunLine[]): Promise<void> {
  if (lines.length === 0) return;
  await tx.run(
    'run-log',
    `INSERT INTO run_log (run, at, level, message)
     SELECT $1, at, CASE WHEN n > $5 THEN 'error' ELSE level END, CASE WHEN n > $5 THEN $6 ELSE message END
     FROM (SELECT t.*, nth + (SELECT count(*) FROM run_log WHERE run = $1) AS n
       FROM unnest($2::timestamptz[], $3::text[], $4::text[]) WITH ORDINALITY AS t (at, level, message, nth)) AS line
     WHERE n <= $5 + 1 ORDER BY nth`,
    [
      id,
      lines.map(({ at }) => at),
      lines.map(({ level }) => level),
      lines.map(({ message }) => message),
      mostRunLines,
      `It has said more than ${mostRunLines} lines, of which these are the first.`,
    ],
  );
}

/**
 * Asks for a run's end. One that nobody is at ends at once; whoever is at another is told by its heartbeat.
 * @returns `undefined`: there is no such run
 */
export async function cancelRun(tx: Pick<Tx, 'run'>, id: string): Promise<'ended' | 'cancelling' | 'cancelled' | undefined> {
  const [row] = await tx.run<{ was: boolean; state: RunState }>(
    'run-cancel',
    `WITH before AS (SELECT id, ended_at IS NOT NULL AS was FROM runs WHERE id = $1 FOR NO KEY UPDATE)
     UPDATE runs r SET
       state = CASE WHEN was THEN r.state WHEN r.claim IS NULL THEN 'cancelled' ELSE 'cancelling' END,
       ended_at = CASE WHEN was THEN r.ended_at WHEN r.claim IS NULL THEN now() END
     FROM before WHERE r.id = before.id RETURNING was, r.state`,
    [id],
  );
  if (!row) return undefined;
  return row.was ? 'ended' : row.state === 'cancelled' ? 'cancelled' : 'cancelling';
}
