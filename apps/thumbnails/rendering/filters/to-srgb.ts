import sharp from 'sharp';
import type { Filter } from './filter.js';

/** sRGB of 8 bits, grey and CMYK too, by the photo's own profile if it has one. */
export const toSrgb: Filter = async (image) => {
  const { space, hasProfile } = await image.metadata();
  const srgb = image.toColourspace('srgb');
  if (space !== 'rgb16' || !hasProfile) return srgb;
  // sharp works on 16 bits in Display P3 and converts back only for an image that names its profile, which ours must not. So: the colours it
  // would have with one, as bare pixels.
  const { data, info } = await srgb.withIccProfile('srgb').raw().toBuffer({ resolveWithObject: true });
  return sharp(data, { raw: info });
};
