import { Settings } from '#libs/host';
import { FilesystemObjects, Objects } from '#libs/objects';
import type { Provider } from '@nestjs/common';
import path from 'node:path';

/** Where photos and their renditions lie: a folder that all roles share. */
export const photoObjects: Provider = {
  provide: Objects,
  useFactory: ({ DATA_DIR }: Settings) => FilesystemObjects.open(path.join(DATA_DIR, 'objects')),
  inject: [Settings],
};
