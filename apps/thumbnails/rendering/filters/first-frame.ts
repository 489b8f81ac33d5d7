import type { SharpOptions } from 'sharp';

/** Of an animation the first frame. A way to open an image and no filter on an open one: the others are never decoded. */
export const firstFrame = { page: 0, pages: 1 } as const satisfies SharpOptions;
