import { next } from '#libs/order';
import { kindOf, postgresEventStore, type Database, type DeadLetter } from '#libs/store';
import { fold, orders } from '#libs/work';

/** What the policy says is next for the order: `null` where nothing is; `error` where its stream cannot be read, which a re-drive will not change. */
export type DecidedNow = DeadLetter & { readonly next?: object | null; readonly error?: string };

/** Each letter of an order with what would be decided for it now, which may be another thing than when it died. */
export async function decidedNow(db: Database, letters: readonly DeadLetter[]): Promise<DecidedNow[]> {
  const streams = [...new Set(letters.flatMap(({ key }) => (key !== null && kindOf(key) === 'order' ? [key] : [])))].toSorted();
  const loaded = await postgresEventStore.load(
    db,
    streams.map((stream) => ({ stream, after: 0 })),
  );
  return letters.map((letter) => {
    const events = letter.key === null ? undefined : loaded.get(letter.key);
    if (!events) return letter;
    try {
      return { ...letter, next: next(fold(orders, events)) ?? null };
    } catch (error) {
      return { ...letter, error: error instanceof Error ? error.message : String(error) };
    }
  });
}
