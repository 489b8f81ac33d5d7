import type { Database } from './database.js';

/** What a role does, as its build says. */
export interface DeclaredWorker {
  readonly role: string;
  /** The groups of the bus it belongs to, and what they read. */
  readonly groups: readonly { readonly group: string; readonly topic: string }[];
  /** Whose bookmarks are its own. */
  readonly consumers: readonly string[];
  /** The kinds of effect it performs. */
  readonly effects: readonly string[];
}

/** The last build to start is right. What an operator has said of a role stays. */
export async function declareWorkers(db: Database, workers: readonly DeclaredWorker[]): Promise<void> {
  // Each its own statement, by name, so that two hosts with the same roles lock them in one order and never two at once.
  for (const { role, groups, consumers, effects } of workers) {
    await db.run(
      'workers-declare',
      `INSERT INTO workers (role, groups, consumers, effects) VALUES ($1, $2, $3, $4)
       ON CONFLICT (role) DO UPDATE SET groups = excluded.groups, consumers = excluded.consumers, effects = excluded.effects`,
      [role, JSON.stringify(groups), consumers, effects],
    );
  }
}

/** Says that there are these roles, where nothing of them is run. What a build has said of them stays. */
export async function nameWorkers(db: Database, roles: readonly string[]): Promise<void> {
  await db.run(
    'workers-name',
    `INSERT INTO workers (role, groups, consumers, effects) SELECT role, '[]', '{}', '{}' FROM unnest($1::text[]) AS role ORDER BY role ON CONFLICT DO NOTHING`,
    [roles],
  );
}

/** Which of these roles are to rest. */
export async function pausedOf(db: Database, roles: readonly string[]): Promise<string[]> {
  const rows = await db.run<{ role: string }>(
    'workers-paused',
    'SELECT role FROM workers WHERE paused_at IS NOT NULL AND role = ANY ($1)',
    [roles],
  );
  return rows.map(({ role }) => role);
}

export interface Report {
  readonly role: string;
  /** It rests. */
  readonly paused: boolean;
  readonly frozen: boolean;
  /** Done a second, lately. */
  readonly rate: number;
}

/** Says that a process is there, with what each of its roles is at. One statement, also for those that are gone. @returns which of them are to rest */
export async function beatInstance(
  db: Database,
  { id, startedAt }: { id: string; startedAt: string },
  reports: readonly Report[],
): Promise<string[]> {
  const rows = await db.run<{ role: string }>(
    'instance-beat',
    `WITH gone AS (
       DELETE FROM instances WHERE (role, id) IN (
         SELECT role, id FROM instances WHERE seen_at < now() - interval '1 minute' AND id <> $1 FOR UPDATE SKIP LOCKED)
     ), here AS (
       INSERT INTO instances (id, started_at, role, frozen, paused, rate, seen_at)
       SELECT $1, $2::timestamptz, t.*, now() FROM unnest($3::text[], $4::boolean[], $5::boolean[], $6::float8[]) AS t (role, frozen, paused, rate)
       ON CONFLICT (role, id) DO UPDATE SET frozen = excluded.frozen, paused = excluded.paused, rate = excluded.rate, seen_at = excluded.seen_at)
     SELECT role FROM workers WHERE paused_at IS NOT NULL AND role = ANY ($3)`,
    [
      id,
      startedAt,
      reports.map(({ role }) => role),
      reports.map(({ frozen }) => frozen),
      reports.map(({ paused }) => paused),
      reports.map(({ rate }) => rate),
    ],
  );
  return rows.map(({ role }) => role);
}

/** It has ended. */
export async function leaveInstance(db: Database, id: string): Promise<void> {
  await db.run('instance-leave', 'DELETE FROM instances WHERE id = $1', [id]);
}

export interface WorkerInstance {
  readonly id: string;
  /** RFC 3339. */
  readonly startedAt: string;
  readonly leader: boolean;
  readonly frozen: boolean;
  readonly paused: boolean;
  readonly rate: number;
}

export interface WorkerRow extends DeclaredWorker {
  readonly paused: boolean;
  readonly instances: readonly WorkerInstance[];
  /** Due, and taken up by nobody: streams that a failure or a rest has left behind, effects, runs, and of the relay the outbox. */
  readonly waiting: number;
}

/** Every role there has been, with the processes that were heard of in the last ten seconds. */
export async function listWorkers(db: Database): Promise<WorkerRow[]> {
  return db.run<WorkerRow & Record<string, unknown>>(
    'workers',
    `SELECT w.role, w.groups, w.consumers, w.effects, w.paused_at IS NOT NULL AS paused,
       coalesce((SELECT json_agg(json_build_object('id', i.id, 'startedAt', to_char(i.started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
           'leader', EXISTS (SELECT FROM leases l WHERE l.name = w.role AND l.holder = i.id AND l.until > now()),
           'frozen', i.frozen, 'paused', i.paused, 'rate', i.rate) ORDER BY i.started_at, i.id)
         FROM instances i WHERE i.role = w.role AND i.seen_at > now() - interval '10 seconds'), '[]') AS instances,
       (SELECT count(*)::int FROM bookmarks WHERE consumer = ANY (w.consumers) AND due <= now() AND dead_at IS NULL)
       + (SELECT count(*)::int FROM effects WHERE state = 'open' AND kind = ANY (w.effects) AND coalesce(claimed_until, due) <= now())
       + CASE w.role WHEN 'relay' THEN (SELECT count(*)::int FROM outbox) WHEN 'jobs' THEN (SELECT count(*)::int FROM runs WHERE ended_at IS NULL AND state = 'queued') ELSE 0 END AS waiting
     FROM workers w ORDER BY w.role`,
    [],
  );
}

/** Tells all instances of a role to rest, or to go on. @returns whether there is such a role */
export async function pauseWorker(db: Database, role: string, paused: boolean): Promise<boolean> {
  const rows = await db.run(
    'worker-pause',
    `WITH told AS (UPDATE workers SET paused_at = CASE WHEN $2 THEN coalesce(paused_at, now()) END WHERE role = $1 RETURNING 1)
     SELECT pg_notify('workers', $1) FROM told`,
    [role, paused],
  );
  return rows.length > 0;
}
