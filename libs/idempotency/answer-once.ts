import type { Database, Tx } from '#libs/store';
import { keepAnswer, keptAnswer, type Once } from './idempotency.js';

/** Somebody wrote first what a transaction went by: it comes to nothing, and is made again. */
export class Overtaken extends Error {}

/**
 * Does what a request asks for, or answers as it was answered before. `work` calls `keep` with the answer when it knows it, and before it refuses
 * what the same request, sent twice at once, may have caused itself. A refusal is a throw: then nothing is kept, and the key is not used up.
 * If the process dies before the commit, nothing has happened; after it, the client sends the key again and is answered the same.
 * @param about the stream, or whatever else the key now stands for
 * @throws {Problem} `idempotency-key-reused`, before anything is done; whatever `work` throws but `Overtaken`
 */
export async function answerOnce<T extends object>(
  db: Database,
  once: Once | undefined,
  about: string,
  work: (tx: Tx, keep: (answer: T) => Promise<void>) => Promise<T>,
): Promise<{ readonly answer: T; readonly replayed: boolean }> {
  for (;;) {
    const kept = once && (await keptAnswer<T>(db, once));
    if (kept) return { answer: kept, replayed: true };
    try {
      const answer = await db.transaction((tx) =>
        work(tx, async (answer) => {
          if (once && !(await keepAnswer(tx, once, about, answer))) throw new Overtaken();
        }),
      );
      return { answer, replayed: false };
    } catch (error) {
      if (!(error instanceof Overtaken)) throw error;
    }
  }
}
