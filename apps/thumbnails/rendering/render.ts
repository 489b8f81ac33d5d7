import sharp, { type Sharp } from 'sharp';
import { encode } from './filters/encode.js';
import { pipeline, type Filter } from './filters/filter.js';
import { fitWithin } from './filters/fit-within.js';
import { stripDensity } from './filters/strip-density.js';
import { toSrgb } from './filters/to-srgb.js';
import { upright } from './filters/upright.js';
import { open } from './open.js';
import { proof, smaller, type RenditionName, type RenditionType } from './renditions.js';

export interface Rendered {
  /** In pixels, upright. */
  readonly width: number;
  readonly height: number;
  readonly renditions: readonly RenderedImage[];
}
export interface RenderedImage {
  readonly name: RenditionName;
  readonly width: number;
  readonly height: number;
  readonly contentType: RenditionType;
  readonly bytes: Buffer;
}
/** No attempt will render it. A sentence for whoever sent it. */
export interface Rejected {
  readonly rejected: string;
}

/** JPEG can't hold more along a side. */
const longestJpegSide = 65_535;

/**
 * All renditions of a photo: upright, sRGB, 8 bits, no metadata; JPEG, or PNG where there is transparency (or a side too long for JPEG).
 *
 * Throws if it took too long, or was told to stop: that says nothing about the photo.
 */
export async function render(source: Buffer, signal: AbortSignal): Promise<Rendered | Rejected> {
  let last: RenderedImage;
  try {
    last = await renderProof(source);
  } catch (error) {
    return rejection(error);
  }
  const { width, height } = last;
  const renditions = [last];
  for (const rendition of smaller) {
    signal.throwIfAborted();
    last = await shrink(last, rendition);
    renditions.push(last);
  }
  return { width, height, renditions };
}

async function renderProof(source: Buffer): Promise<RenderedImage> {
  const { hasAlpha, width, height } = await open(source).metadata();
  const contentType = hasAlpha || Math.max(width, height) > longestJpegSide ? 'image/png' : 'image/jpeg';
  const { name, quality } = proof;
  const filter = pipeline(upright, toSrgb, encode({ contentType, quality }));
  try {
    return await run(open(source), filter, name, contentType);
  } catch (error) {
    if (!isHarmless(error)) throw error;
    return run(open(source, 'error'), filter, name, contentType);
  }
}

async function shrink(from: RenderedImage, { name, within, quality }: (typeof smaller)[number]): Promise<RenderedImage> {
  // It fits already: these are its pixels.
  if (Math.max(from.width, from.height) <= within) return { ...from, name };
  const { contentType } = from;
  return run(sharp(from.bytes), pipeline(fitWithin(within), encode({ contentType, quality })), name, contentType);
}

async function run(image: Sharp, filter: Filter, name: RenditionName, contentType: RenditionType): Promise<RenderedImage> {
  const { data, info } = await (await filter(image)).toBuffer({ resolveWithObject: true });
  const bytes = contentType === 'image/png' ? stripDensity(data) : data;
  return { name, width: info.width, height: info.height, contentType, bytes };
}

/** Some phones write a parameter that only progressive JPEG has a use for. Their pixels are whole (lovell/sharp#1578). */
const isHarmless = (error: unknown): boolean =>
  error instanceof Error && error.message.includes('Invalid SOS parameters for sequential JPEG');

function rejection(error: unknown): Rejected {
  if (!(error instanceof Error) || error.message.startsWith('timeout')) throw error;
  const [detail] = error.message.split('\n', 1);
  return { rejected: `The photo cannot be decoded: it is cut off or broken (${detail}).` };
}
