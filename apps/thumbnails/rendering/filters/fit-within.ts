import type { Filter } from './filter.js';

/** Made small enough for a square of so many pixels, never larger than it is. */
export const fitWithin =
  (side: number): Filter =>
  (image) =>
    image.resize(side, side, { fit: 'inside', withoutEnlargement: true });
