import type { Objects } from '#libs/objects';
import type { PhotoCommand, Rendition } from '#libs/photo';
import { idOf, postgresEventStore, type Database } from '#libs/store';
import { fold, photos, why, type Effect } from '#libs/work';
import { buffer } from 'node:stream/consumers';
import type { RenderProcesses } from './rendering/render-process.js';
import { renditionObject } from './rendering/renditions.js';

/** In pixels, upright. */
interface Renditions {
  readonly width: number;
  readonly height: number;
  readonly renditions: readonly Rendition[];
}

/**
 * Makes a photo's renditions. If the process dies in between, some of them lie there already; the next attempt writes the same bytes over
 * them, and nobody is told of any before all are there.
 */
export const makeRenditions = (
  processes: RenderProcesses,
  objects: Objects,
  db: Database,
  atOnce: number,
): Effect<{ stream: string }, Renditions | 'already', PhotoCommand> => ({
  name: 'render',
  timeoutMs: 120_000,
  concurrency: atOnce,
  attempts: 4,
  async perform({ stream }, _key, signal) {
    const photo = fold(photos, (await postgresEventStore.load(db, [{ stream, after: 0 }])).get(stream) ?? []);
    if (photo.status === 'ready' || photo.status === 'rejected') return { done: 'already' };
    const original = await objects.get(photo.object);
    if (!original) return { failed: 'The uploaded photo is not there.' };

    const rendered = await processes.render(await buffer(original.stream), signal);
    if ('rejected' in rendered) return { refused: rendered.rejected };
    if ('died' in rendered) return { failed: rendered.died };

    const renditions: Rendition[] = [];
    for (const { name, width, height, contentType, bytes } of rendered.renditions) {
      const object = renditionObject(idOf(stream), name, contentType);
      await objects.put(object, bytes);
      renditions.push({ name, width, height, contentType, object });
    }
    return { done: { width: rendered.width, height: rendered.height, renditions } };
  },
  settle(_, outcome) {
    if ('done' in outcome) return outcome.done === 'already' ? {} : { command: { do: 'rendered', ...outcome.done } };
    if ('refused' in outcome) return { command: { do: 'reject', detail: outcome.refused } };
    // It has cost so many processes that nobody tries it again. Orders that wait for it learn of it, and so does an operator.
    if (outcome.givenUp) return { command: { do: 'reject', detail: `The photo cannot be rendered. ${why(outcome)}` }, dead: true };
    return { command: { do: 'rendering-failed', attempt: outcome.attempt, detail: why(outcome) } };
  },
});
