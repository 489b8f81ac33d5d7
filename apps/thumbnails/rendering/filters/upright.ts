import type { Filter } from './filter.js';

/** Turned and mirrored as EXIF says. */
export const upright: Filter = (image) => image.autoOrient();
