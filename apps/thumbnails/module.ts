import { Objects } from '#libs/objects';
import { photoObjects, working } from '#libs/role';
import { Database } from '#libs/store';
import { Module } from '@nestjs/common';
import os from 'node:os';
import { RenderProcesses } from './rendering/render-process.js';
import { thumbnails } from './work.js';

/** A photo takes a core; one is left for the others. */
const atOnce = Math.max(1, os.availableParallelism() - 1);

const processes = {
  provide: RenderProcesses,
  useFactory: () => {
    const made = new RenderProcesses({ processes: atOnce, timeoutMs: 60_000, mostMebibytes: 1_024, idleMs: 60_000 });
    return Object.assign(made, { onApplicationShutdown: () => made.close() });
  },
};

const work = (made: RenderProcesses, objects: Objects, db: Database) => thumbnails(made, objects, db, atOnce);

@Module({ providers: [photoObjects, processes, ...working('thumbnails', work, [RenderProcesses, Objects, Database])] })
export class ThumbnailsModule {}
