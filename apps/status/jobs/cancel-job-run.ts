import { problem, type Settings } from '#libs/host';
import { answerOnce, type Once } from '#libs/idempotency';
import { cancelRun, type Database } from '#libs/store';
import { readRun, type RunShown } from './runs.js';

/**
 * Asks for a run's end.
 * @returns the run as it is then; whether this very request was answered before
 * @throws {Problem} `not-found`; `run-ended`
 */
export async function cancelJobRun(
  db: Database,
  settings: Settings,
  id: string,
  once?: Once,
): Promise<{ run: RunShown; replayed: boolean }> {
  const { answer, replayed } = await answerOnce<RunShown>(db, once, `run:${id}`, async (tx, keep) => {
    const cancelled = await cancelRun(tx, id);
    if (!cancelled) throw problem('not-found');
    const shown = (await readRun(tx, settings, id))!;
    await keep(shown);
    if (cancelled === 'ended') throw problem('run-ended');
    return shown;
  });
  return { run: answer, replayed };
}
