import { parseBody, problem } from '#libs/host';
import { answerOnce, type Once } from '#libs/idempotency';
import { askForRun, type Database, type Trigger } from '#libs/store';
import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';

/**
 * Asks for a run of a job, on an operator's word.
 * @param body `{ "input"? }`: what the job's own schema allows; an empty object where it is left out
 * @returns its id; whether this very request was answered before
 * @throws {Problem} `not-found`; `invalid`; `job-running` if it skips what would overlap
 */
export async function runJob(
  db: Database,
  job: string,
  body: unknown,
  { trigger, once }: { trigger: Trigger; once?: Once },
): Promise<{ id: string; replayed: boolean }> {
  const schema = await inputOf(db, job);
  // Left out where it has to be something, it is missing, and not one without fields.
  const { input } = parseBody(z.strictObject({ input: schema.safeParse({}).success ? schema.prefault({}) : schema }), body);
  const id = uuidv7();
  const { answer, replayed } = await answerOnce<{ id: string }>(db, once, `run:${id}`, async (tx, keep) => {
    await keep({ id });
    if (!(await askForRun(tx, { id, job, trigger, input }))) throw problem('job-running');
    return { id };
  });
  return { ...answer, replayed };
}

/** As the role that has the job wrote it down: this one knows none of them. */
async function inputOf(db: Database, job: string): Promise<z.ZodType> {
  const [row] = await db.run<{ input: Parameters<typeof z.fromJSONSchema>[0] }>('job-input', 'SELECT input FROM jobs WHERE name = $1', [
    job,
  ]);
  if (!row) throw problem('not-found');
  return z.fromJSONSchema(row.input);
}
