import { whyNoPrint } from '#libs/photo';
import { postgresEventStore, type Database, type Tx } from '#libs/store';
import { fold, photos } from '#libs/work';

/**
 * Of these photos those that cannot be printed, and why. One that is still rendering is fine: the order will wait for it.
 * @param ids of a photo or none, each as often as it comes
 */
export async function findWrongPhotos(db: Database | Tx, ids: readonly (string | undefined)[]): Promise<ReadonlyMap<string, string>> {
  const wanted = [...new Set(ids.filter((id) => id !== undefined))];
  if (wanted.length === 0) return new Map();
  const found = await postgresEventStore.load(
    db,
    wanted.map((id) => ({ stream: `photo:${id}`, after: 0 })),
  );
  return new Map(
    wanted.flatMap((id): [string, string][] => {
      const why = whyNoPrint(fold(photos, found.get(`photo:${id}`) ?? []));
      return why === undefined ? [] : [[id, why]];
    }),
  );
}
