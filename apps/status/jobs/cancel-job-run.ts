import { problem, type Settings } from '#libs/host';
import { keepAnswer, keptAnswer, type Once } from '#libs/idempotency';
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
  for (;;) {
    const kept = once && (await keptAnswer<RunShown>(db, once));
    if (kept) return { run: kept, replayed: true };
    const run = await db
      .transaction(async (tx) => {
        const cancelled = await cancelRun(tx, id);
        if (!cancelled) throw problem('not-found');
        const shown = (await readRun(tx, settings, id))!;
        // First of all: whoever sent it twice at once has no ended run before him, but an answer.
        if (once && !(await keepAnswer(tx, once, `run:${id}`, shown))) throw new Overtaken();
        if (cancelled === 'ended') throw problem('run-ended');
        return shown;
      })
      .catch((error: unknown) => {
        if (error instanceof Overtaken) return undefined;
        throw error;
      });
    if (run) return { run, replayed: false };
  }
}

/** The same request was answered meanwhile. */
class Overtaken extends Error {}
