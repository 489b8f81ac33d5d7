import type { Sharp } from 'sharp';

/**
 * One step of an image pipeline. Steps are put together in any order and number: libvips runs them when the last asks for the result, row by
 * row, so that a JPEG of 50 megapixels passes through in 125 MiB (turned on its side in 250, a WebP, which is decoded whole, in 450).
 */
export type Filter = (image: Sharp) => Sharp | Promise<Sharp>;

/** A pipeline is a filter too. */
export const pipeline =
  (...filters: readonly Filter[]): Filter =>
  async (image) => {
    let at = image;
    for (const filter of filters) at = await filter(at);
    return at;
  };
