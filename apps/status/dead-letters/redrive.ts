import { problem } from '#libs/host';
import { keepAnswer, keptAnswer, type Once } from '#libs/idempotency';
import { redriveDeadLetters, type Database, type LettersWanted } from '#libs/store';

export interface Redriven {
  /** The ids of the letters that are tried again. */
  readonly redriven: readonly string[];
}

/**
 * Has dead letters tried again, once for each key.
 * @param mustBe whether it is a fault that there is none
 * @throws {Problem} `not-found` then; `idempotency-key-reused`
 */
export async function redriveOnce(
  db: Database,
  wanted: LettersWanted,
  mustBe: boolean,
  once: Once | undefined,
): Promise<Redriven & { readonly replayed: boolean }> {
  for (;;) {
    const kept = once && (await keptAnswer<Redriven>(db, once));
    if (kept) return { ...kept, replayed: true };
    const done = await db
      .transaction(async (tx) => {
        const answer: Redriven = { redriven: await redriveDeadLetters(tx, wanted, 'operator') };
        if (once && !(await keepAnswer(tx, once, 'dead-letters', answer))) throw new Overtaken();
        // In here, so that a key is not used up by a request that did nothing.
        if (mustBe && answer.redriven.length === 0) throw problem('not-found');
        return answer;
      })
      .catch((error: unknown) => {
        if (error instanceof Overtaken) return undefined;
        throw error;
      });
    if (done) return { ...done, replayed: false };
  }
}

/** The same key came twice at once, and the other was first. */
class Overtaken extends Error {}
