import { problem } from '#libs/host';
import { answerOnce, type Once } from '#libs/idempotency';
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
  const { answer, replayed } = await answerOnce<Redriven>(db, once, 'dead-letters', async (tx, keep) => {
    const answer: Redriven = { redriven: await redriveDeadLetters(tx, wanted, 'operator') };
    await keep(answer);
    if (mustBe && answer.redriven.length === 0) throw problem('not-found');
    return answer;
  });
  return { ...answer, replayed };
}
