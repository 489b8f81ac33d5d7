// Photos for tests, made when they are asked for: four quarters, upright red and green above, blue and white below.
import sharp, { type Sharp } from 'sharp';
import { crc32, deflateSync } from 'node:zlib';

export const quarters = { red: [255, 0, 0], green: [0, 255, 0], blue: [0, 0, 255], white: [255, 255, 255] } as const;

/** The four quarters as bare pixels. `orientation`: as a camera so held stores them. */
export function pixels(width: number, height: number, orientation = 1): Sharp {
  const [storedWidth, storedHeight] = orientation >= 5 ? [height, width] : [width, height];
  const [right, bottom] = [width - 1, height - 1];
  const data = Buffer.alloc(width * height * 3);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const colour = y < height / 2 ? (x < width / 2 ? quarters.red : quarters.green) : x < width / 2 ? quarters.blue : quarters.white;
      const stored = [
        [x, y],
        [right - x, y],
        [right - x, bottom - y],
        [x, bottom - y],
        [y, x],
        [y, right - x],
        [bottom - y, right - x],
        [bottom - y, x],
      ];
      const [storedX, storedY] = stored[orientation - 1]!;
      data.set(colour, (storedY! * storedWidth + storedX!) * 3);
    }
  }
  return sharp(data, { raw: { width: storedWidth, height: storedHeight, channels: 3 } });
}

/** As a camera would write it: turned, with EXIF. */
export const oriented = (width: number, height: number, orientation: number, type: 'jpeg' | 'png' | 'webp' = 'jpeg'): Promise<Buffer> =>
  pixels(width, height, orientation)
    .withMetadata({ orientation })
    .withExifMerge({ IFD0: { Artist: 'Ada Lovelace' } })
    .toFormat(type, { quality: 95 })
    .toBuffer();

/** Pixels that nothing compresses well; the same each time. */
export function noise(width: number, height: number, channels: 3 | 4 = 3): Sharp {
  const data = Buffer.alloc(width * height * channels);
  let random = 1;
  for (let i = 0; i < data.length; i += 1) {
    random = (Math.imul(random, 1_103_515_245) + 12_345) & 0x7fffffff;
    data[i] = random >> 16;
  }
  return sharp(data, { raw: { width, height, channels } });
}

/** A JPEG segment: its marker's second byte, and what follows the length. */
export function segment(marker: number, content: Buffer): Buffer {
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(content.length + 2, 2);
  return Buffer.concat([head, content]);
}

/** Segments put in after a JPEG's beginning. */
export const withSegments = (jpeg: Buffer, ...segments: Buffer[]): Buffer =>
  Buffer.concat([jpeg.subarray(0, 2), ...segments, jpeg.subarray(2)]);

/** What a JPEG says its size is, changed. */
export function claiming(jpeg: Buffer, width: number, height: number): Buffer {
  const changed = Buffer.from(jpeg);
  const frame = changed.indexOf(Buffer.from([0xff, 0xc0]));
  changed.writeUInt16BE(height, frame + 5);
  changed.writeUInt16BE(width, frame + 7);
  return changed;
}

export const exifSegment = (tiff: Buffer): Buffer => segment(0xe1, Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff]));

/** A TIFF header with a directory of nothing but the orientation. */
export function orientationTiff(orientation: number, order: 'II' | 'MM'): Buffer {
  const tiff = Buffer.alloc(8 + 2 + 12 + 4);
  const short = (value: number, at: number) => (order === 'II' ? tiff.writeUInt16LE(value, at) : tiff.writeUInt16BE(value, at));
  const long = (value: number, at: number) => (order === 'II' ? tiff.writeUInt32LE(value, at) : tiff.writeUInt32BE(value, at));
  tiff.write(order, 'latin1');
  short(42, 2);
  long(8, 4);
  short(1, 8);
  short(0x0112, 10);
  short(3, 12);
  long(1, 14);
  short(orientation, 18);
  return tiff;
}

export function pngChunk(type: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

export const pngSignature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');

/** A PNG of any size in some bytes: grey pixels of one bit, of which there are as many as `rows` says. */
export function emptyPng(width: number, height: number, rows = 0): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width);
  header.writeUInt32BE(height, 4);
  header[8] = 1;
  const data = deflateSync(Buffer.alloc(rows * (Math.ceil(width / 8) + 1)));
  return Buffer.concat([pngSignature, pngChunk('IHDR', header), pngChunk('IDAT', data), pngChunk('IEND', Buffer.alloc(0))]);
}

export function riff(...chunks: Buffer[]): Buffer {
  const body = Buffer.concat([Buffer.from('WEBP'), ...chunks]);
  const head = Buffer.from('RIFF....');
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body]);
}

export function riffChunk(type: string, content: Buffer): Buffer {
  const head = Buffer.from(`${type}....`);
  head.writeUInt32LE(content.length, 4);
  return Buffer.concat([head, content, Buffer.alloc(content.length % 2)]);
}

/** The header of an extended WebP image: flags, then the size of its canvas. */
export function vp8x(width: number, height: number, flags = 0): Buffer {
  const content = Buffer.alloc(10);
  content[0] = flags;
  content.writeUIntLE(width - 1, 4, 3);
  content.writeUIntLE(height - 1, 7, 3);
  return riffChunk('VP8X', content);
}

/** Red, then blue. */
export async function animated(width: number, height: number): Promise<Buffer> {
  const frame = (background: string) =>
    sharp({ create: { width, height, channels: 3, background } })
      .png()
      .toBuffer();
  const frames = await Promise.all(['#ff0000', '#0000ff'].map(frame));
  return sharp(frames, { join: { animated: true } })
    .webp({ lossless: true, delay: [100, 100] })
    .toBuffer();
}
