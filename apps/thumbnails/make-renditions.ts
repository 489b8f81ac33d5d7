import type { Objects } from '#libs/objects';
import type { PhotoCommand, Rendition } from '#libs/photo';
import { idOf, postgresEventStore, type Database } from '#libs/store';
import { fold, photos, why, type Effect } from '#libs/work';
import { buffer } from 'node:stream/consumers';
import type { RenderProcesses } from './rendering/render-process.js';
import { renditionObject } from './rendering/renditions.js';

/** In pixels, upright. */
interface Made {
  readonly width: number;
  readonly height: number;
  readonly renditions: readonly Rendition[];
}

/** It was done before, or is not wanted any more; or it has cost so many processes that nobody tries it again. */
type Rendering = Made | 'already' | { readonly poison: string };

/** Processes that a photo may cost. */
const mostDeaths = 3;

/**
 * Makes a photo's renditions. If the process dies in between, some of them lie there already; the next attempt writes the same bytes over
 * them, and nobody is told of any before all are there.
 */
export const makeRenditions = (
  processes: RenderProcesses,
  objects: Objects,
  db: Database,
  atOnce: number,
): Effect<{ stream: string }, Rendering, PhotoCommand> => ({
  name: 'render',
  timeoutMs: 240_000,
  concurrency: atOnce,
  // A full disk is no fault of the photo: that is tried for hours.
  attempts: 50,
  async perform({ stream }, _key, signal) {
    const photo = fold(photos, (await postgresEventStore.load(db, [{ stream, after: 0 }])).get(stream) ?? []);
    if (['ready', 'rejected', 'erased'].includes(photo.status)) return { done: 'already' };
    const original = await objects.get(photo.object);
    if (!original) return { failed: 'The uploaded photo is not there.' };

    const rendered = await renderPatiently(processes, await buffer(original.stream), signal);
    if ('rejected' in rendered) return { refused: rendered.rejected };
    if ('died' in rendered) return { done: { poison: rendered.died } };

    const renditions: Rendition[] = [];
    for (const { name, width, height, contentType, bytes } of rendered.renditions) {
      const object = renditionObject(idOf(stream), name, contentType);
      await objects.put(object, bytes);
      renditions.push({ name, width, height, contentType, object });
    }
    return { done: { width: rendered.width, height: rendered.height, renditions } };
  },
  settle(_, outcome) {
    if ('refused' in outcome) return { command: { do: 'reject', detail: outcome.refused } };
    if ('done' in outcome) {
      const { done } = outcome;
      if (done === 'already') return {};
      // Orders that wait for it learn of it, and so does an operator.
      if ('poison' in done) return { command: { do: 'reject', detail: 'The photo cannot be rendered.' }, dead: true };
      return { command: { do: 'rendered', ...done } };
    }
    if (outcome.givenUp) return { dead: true };
    return { command: { do: 'rendering-failed', attempt: outcome.attempt, detail: why(outcome) } };
  },
});

/** What dies by chance is well the next time, in a process of its own; what dies each time is the photo's doing. */
async function renderPatiently(processes: RenderProcesses, source: Buffer, signal: AbortSignal): ReturnType<RenderProcesses['render']> {
  for (let deaths = 1; ; deaths++) {
    const rendered = await processes.render(source, signal);
    if (!('died' in rendered) || deaths === mostDeaths) return rendered;
  }
}
