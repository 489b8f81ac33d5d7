import { objectOf, receiveImport, type SealingParts } from '#libs/imports';
import type { Objects } from '#libs/objects';
import { askForRun, type Database } from '#libs/store';
import { v7 as uuidv7 } from 'uuid';
import type { WatchedFolder } from './watch-folder.js';

export interface FolderParts extends SealingParts {
  readonly db: Database;
  readonly objects: Objects;
  log(level: 'info' | 'warn', message: string, details: object): void;
}

/** A folder whose files of orders become runs of `import`. */
export function importFolder(dir: string, { db, objects, log, ...sealing }: FolderParts): WatchedFolder {
  return {
    dir,
    log,
    async seal(type, bytes) {
      const object = objectOf(uuidv7());
      await receiveImport({ objects, ...sealing }, object, type, bytes);
      return { object };
    },
    async queue(object) {
      // What is sealed lies under its run's id.
      const id = object.slice(objectOf('').length);
      if (await askForRun(db, { id, job: 'import', trigger: 'folder', input: { object } })) return;
      await objects.delete(object);
      throw new Error('An import is running, and the operator lets none wait for it: the file stays until it has ended.');
    },
    discard: (object) => objects.delete(object),
  };
}
