import type { Objects } from '#libs/objects';
import type { Database } from '#libs/store';
import { photos, type Work } from '#libs/work';
import { hurryPhotos } from './hurry-photos.js';
import { makeRenditions } from './make-renditions.js';
import { renderPhoto } from './render-photo.js';
import type { RenderProcesses } from './rendering/render-process.js';

/** What the thumbnails role does. `atOnce`: how many photos, in each lane. */
export const thumbnails = (processes: RenderProcesses, objects: Objects, db: Database, atOnce: number): Work => ({
  consumers: [renderPhoto, hurryPhotos],
  effects: [{ effect: makeRenditions(processes, objects, db, atOnce), about: photos }],
});
