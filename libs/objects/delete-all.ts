import type { Objects } from './objects.js';

/** Deletes all objects whose name begins so. Whoever does not come to the end of it does it once more. */
export async function deleteAll(objects: Objects, prefix: string): Promise<void> {
  for await (const { name } of objects.list(prefix)) await objects.delete(name);
}
