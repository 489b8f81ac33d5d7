/**
 * Gathers what arrives while the last batch is away, without a timer: alone it goes at once, under load in company.
 * @param work handles a batch; all of its members share its result or its error
 */
export function batcher<T, R>(
  work: (items: readonly T[]) => Promise<R>,
  { most, atOnce }: { most: number; atOnce: number },
): (item: T) => Promise<R> {
  const waiting: { item: T; resolve(result: R): void; reject(error: unknown): void }[] = [];
  let away = 0;

  const go = (): void => {
    while (away < atOnce && waiting.length > 0) {
      const batch = waiting.splice(0, most);
      away += 1;
      work(batch.map(({ item }) => item))
        .then(
          (result) => batch.forEach(({ resolve }) => resolve(result)),
          (error) => batch.forEach(({ reject }) => reject(error)),
        )
        .finally(() => {
          away -= 1;
          go();
        });
    }
  };

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      // In the next turn of the loop: what arrives in this one rides along.
      if (waiting.length === 1) setImmediate(go);
    });
}
