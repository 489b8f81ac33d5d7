import sharp, { type Sharp } from 'sharp';
import { firstFrame } from './filters/first-frame.js';

// libvips could read far more formats, each with flaws of its own; the door lets three in.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({ operation: ['VipsForeignLoadJpegBuffer', 'VipsForeignLoadPngBuffer', 'VipsForeignLoadWebpBuffer'] });
// One thread a photo: as many photos as there are cores are done at once. No photo is seen twice, so nothing is worth keeping.
sharp.concurrency(1);
sharp.cache(false);

/** As libs/photo has it; what renders loads nothing of the shop's. */
export const mostPixels = 50_000_000;
/** Seconds. Past it the machine is too busy or the photo a trap; 50 megapixels take 0.5–3.5 s. */
const longestSeconds = 60;

/**
 * An image nobody vouches for. It is decoded when the pipeline's end asks for it, and then with an error for what is cut off, corrupt or has
 * too many pixels.
 *
 * @param failOn what of it is an error; `error` lets pass what the decoder could make up for
 */
export const open = (source: Buffer, failOn: 'warning' | 'error' = 'warning'): Sharp =>
  sharp(source, { ...firstFrame, failOn, limitInputPixels: mostPixels }).timeout({ seconds: longestSeconds });
