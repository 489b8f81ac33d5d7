import { runLinks } from '#libs/access';
import type { Settings } from '#libs/host';
import { mostRunLines, type RunLine, type RunState, type Trigger, type Tx } from '#libs/store';

type Reader = Pick<Tx, 'run'>;

interface RunRow {
  readonly id: string;
  readonly job: string;
  readonly state: RunState;
  readonly trigger: Trigger;
  readonly progress: number;
  readonly started_at: Date | null;
  readonly ended_at: Date | null;
  readonly result: unknown;
}

const columns = 'id, job, state, trigger, progress, started_at, ended_at, result';
/** Of each job. */
const shownRuns = 20;

/** A run as anybody sees it: alone, and in its job. */
export type RunShown = ReturnType<typeof showRun>;

export async function readRun(db: Reader, settings: Settings, id: string): Promise<RunShown | undefined> {
  const [row] = await db.run<RunRow & Record<string, unknown>>('run', `SELECT ${columns} FROM runs WHERE id = $1`, [id]);
  return row && showRun(settings, row);
}

/** The last runs of each of these jobs, the newest first. */
export async function lastRuns(db: Reader, settings: Settings, jobs: readonly string[]): Promise<ReadonlyMap<string, readonly RunShown[]>> {
  const rows = await db.run<RunRow & Record<string, unknown>>(
    'runs-last',
    `SELECT r.* FROM unnest($1::text[]) AS wanted (job)
     CROSS JOIN LATERAL (SELECT ${columns} FROM runs r WHERE r.job = wanted.job ORDER BY id DESC LIMIT ${shownRuns}) r`,
    [jobs],
  );
  const runs = new Map<string, RunShown[]>(jobs.map((job) => [job, []]));
  for (const row of rows) runs.get(row.job)!.push(showRun(settings, row));
  return runs;
}

/** What a run has said, oldest first. */
export async function readRunLog(db: Reader, id: string): Promise<readonly RunLine[]> {
  const rows = await db.run<{ at: Date; level: RunLine['level']; message: string }>(
    'run-lines',
    `SELECT at, level, message FROM run_log WHERE run = $1 ORDER BY line DESC LIMIT ${mostRunLines + 1}`,
    [id],
  );
  return rows.toReversed().map(({ at, level, message }) => ({ at: at.toISOString(), level, message }));
}

function showRun(settings: Settings, { id, job, state, trigger, progress, started_at, ended_at, result }: RunRow) {
  return {
    id,
    job,
    state,
    trigger,
    progress: Math.floor(progress),
    startedAt: started_at?.toISOString() ?? null,
    endedAt: ended_at?.toISOString() ?? null,
    result,
    links: runLinks(settings, id),
  };
}
