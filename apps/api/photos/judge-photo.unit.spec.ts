import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as make from '../../../test/setup/photos.js';
import { mostPixels } from '#libs/photo';
import { PhotoJudge, type Verdict } from './judge-photo.js';

/** Handed over in pieces of a size. */
function judge(upload: Buffer, piece = 65_536): Verdict {
  const judge = new PhotoJudge();
  for (let at = 0; at < upload.length; at += piece) {
    const verdict = judge.push(upload.subarray(at, at + piece));
    if (verdict) return verdict;
  }
  return judge.end();
}

const start = (hex: string, more = '') => Buffer.concat([Buffer.from(hex, 'hex'), Buffer.from(more, 'latin1'), Buffer.alloc(200)]);

describe('what a photo is', () => {
  it.each(['jpeg', 'png', 'webp'] as const)('%s, whatever the pieces', async (type) => {
    const photo = await make.pixels(40, 30).toFormat(type).toBuffer();
    for (const piece of [1, 2, 7, 65_536]) expect(judge(photo, piece)).toEqual({ contentType: `image/${type}`, width: 40, height: 30 });
  });

  it.each([
    ['lossless WebP', () => make.pixels(40, 30).webp({ lossless: true }).toBuffer()],
    ['WebP with alpha', () => make.pixels(40, 30).ensureAlpha(0.5).webp().toBuffer()],
    ['animated WebP', () => make.animated(40, 30)],
    ['progressive JPEG', () => make.pixels(40, 30).jpeg({ progressive: true }).toBuffer()],
    ['CMYK JPEG', () => make.pixels(40, 30).toColourspace('cmyk').jpeg().toBuffer()],
    ['grey JPEG', () => make.pixels(40, 30).greyscale().jpeg().toBuffer()],
    ['interlaced PNG', () => make.pixels(40, 30).png({ progressive: true }).toBuffer()],
    ['PNG with a palette', () => make.pixels(40, 30).png({ palette: true }).toBuffer()],
    ['PNG of 16 bits', () => make.pixels(40, 30).toColourspace('rgb16').png().toBuffer()],
  ])('%s', async (_, photo) => {
    expect(judge(await photo())).toMatchObject({ width: 40, height: 30 });
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['one byte', Buffer.from([0xff])],
    ['GIF', start('', 'GIF89a')],
    ['BMP', start('', 'BM')],
    ['TIFF, little', start('49492a00')],
    ['TIFF, big', start('4d4d002a')],
    ['SVG', start('', '<svg xmlns="http://www.w3.org/2000/svg"/>')],
    ['XML', start('', '<?xml version="1.0"?><svg/>')],
    ['HTML', start('', '<!doctype html><script>alert(1)</script>')],
    ['PDF', start('', '%PDF-1.7')],
    ['PDF with a JPEG in it', Buffer.concat([Buffer.from('%PDF-1.7\n'), start('ffd8ffe0')])],
    ['HEIC', start('00000018', 'ftypheic')],
    ['AVIF', start('00000018', 'ftypavif')],
    ['JPEG XL', start('ff0a')],
    ['JPEG 2000', start('0000000c6a5020200d0a870a')],
    ['PostScript', start('', '%!PS-Adobe')],
    ['ZIP', start('504b0304')],
    ['WAV', start('', 'RIFF....WAVEfmt ')],
    ['AVI', start('', 'RIFF....AVI LIST')],
    ['PNG after a text transfer', start('', '\x89PNG\n\x1a\n')],
    ['MNG', start('', '\x8aMNG\r\n\x1a\n')],
    ['a photo with a space before it', start('20ffd8ffe0')],
  ])('%s is no photo', (_, upload) => {
    expect(judge(upload)).toMatchObject({ refused: 415 });
    expect(judge(upload, 1)).toMatchObject({ refused: 415 });
  });

  it('goes by the beginning alone: what is hung on makes no difference', async () => {
    const jpeg = await make.pixels(4, 4).jpeg().toBuffer();
    expect(judge(Buffer.concat([jpeg, Buffer.from('PK\x03\x04')]))).toMatchObject({ contentType: 'image/jpeg' });
    const html = make.withSegments(jpeg, make.segment(0xfe, Buffer.from('<script>alert(1)</script>')));
    expect(judge(html)).toMatchObject({ contentType: 'image/jpeg', width: 4 });
  });
});

describe('which way is up', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('orientation %i', async (orientation) => {
    for (const type of ['jpeg', 'png', 'webp'] as const) {
      expect(judge(await make.oriented(40, 30, orientation, type))).toEqual({ contentType: `image/${type}`, width: 40, height: 30 });
    }
  });

  it.each(['II', 'MM'] as const)('byte order %s', async (order) => {
    const jpeg = await make.pixels(40, 30).jpeg().toBuffer();
    expect(judge(make.withSegments(jpeg, make.exifSegment(make.orientationTiff(6, order))))).toMatchObject({ width: 30, height: 40 });
  });

  it('XMP before it does not hide it', async () => {
    const jpeg = await make.pixels(40, 30).jpeg().toBuffer();
    const xmp = make.segment(0xe1, Buffer.from('http://ns.adobe.com/xap/1.0/\0<x:xmpmeta/>'));
    expect(judge(make.withSegments(jpeg, xmp, make.exifSegment(make.orientationTiff(8, 'II'))))).toMatchObject({ width: 30, height: 40 });
  });

  it.each([
    ['empty', Buffer.alloc(0)],
    ['no TIFF', Buffer.from('XX*\0\x08\0\0\0')],
    ['a directory past its end', Buffer.from('II*\0\xff\xff\xff\xff', 'latin1')],
    ['a directory that is cut off', make.orientationTiff(6, 'II').subarray(0, 15)],
    ['an orientation of 9', make.orientationTiff(9, 'II')],
    ['an orientation of 0', make.orientationTiff(0, 'MM')],
  ])('broken EXIF data say nothing: %s', async (_, tiff) => {
    const jpeg = await make.pixels(40, 30).jpeg().toBuffer();
    expect(judge(make.withSegments(jpeg, make.exifSegment(tiff)))).toMatchObject({ width: 40, height: 30 });
  });
});

describe('what cannot be taken', () => {
  const jpeg = make.pixels(40, 30).jpeg().toBuffer();

  it.each([20_000, 7_072])('more than 50 megapixels in some bytes: %i squared', async (side) => {
    for (const bomb of [make.emptyPng(side, side), make.claiming(await jpeg, side, side), make.riff(make.vp8x(side, side))]) {
      expect(bomb.length).toBeLessThan(2_000);
      expect(judge(bomb)).toMatchObject({ refused: 422, detail: expect.stringContaining('50 megapixels') });
    }
  });

  it('50 megapixels are no more than 50', () => {
    expect(10_000 * 5_000).toBe(mostPixels);
    expect(judge(make.emptyPng(10_000, 5_000))).toMatchObject({ width: 10_000, height: 5_000 });
    expect(judge(make.emptyPng(7_000, 7_000))).toMatchObject({ width: 7_000, height: 7_000 });
    expect(judge(make.emptyPng(50_000_001, 1))).toMatchObject({ refused: 422 });
    expect(judge(make.emptyPng(0xffffffff, 0xffffffff))).toMatchObject({ refused: 422 });
  });

  it('no pixels', async () => {
    for (const [width, height] of [
      [0, 10],
      [10, 0],
      [0, 0],
    ] as const) {
      expect(judge(make.emptyPng(width, height))).toMatchObject({ refused: 422 });
      expect(judge(make.claiming(await jpeg, width, height))).toMatchObject({ refused: 422 });
    }
    const vp8 = Buffer.from('0000009d012a000000000000', 'hex');
    expect(judge(make.riff(make.riffChunk('VP8 ', vp8)))).toMatchObject({ refused: 422 });
  });

  it.each(['jpeg', 'png', 'webp'] as const)('%s that ends within its header, wherever that is', async (type) => {
    const photo = await make.pixels(40, 30).toFormat(type).toBuffer();
    const magic = { jpeg: 3, png: 8, webp: 12 }[type];
    let length = magic;
    let verdict: Verdict;
    for (; 'refused' in (verdict = judge(photo.subarray(0, length))); length += 1) expect(verdict.refused).toBe(422);
    expect(verdict).toMatchObject({ width: 40, height: 30 });
    expect(length).toBeGreaterThan(magic + 5);
    for (let short = 0; short < magic; short += 1) expect(judge(photo.subarray(0, short))).toMatchObject({ refused: 415 });
  });

  it('a PNG header that does not match its checksum, or is no header', async () => {
    const png = await make.pixels(4, 4).png().toBuffer();
    const changed = Buffer.from(png);
    changed[19] = 5;
    expect(judge(changed)).toMatchObject({ refused: 422, detail: expect.stringContaining('checksum') });
    expect(judge(Buffer.concat([make.pngSignature, make.pngChunk('IDAT', Buffer.alloc(13))]))).toMatchObject({ refused: 422 });
    const header = Buffer.from('00000004000000040303000000', 'hex');
    expect(judge(Buffer.concat([make.pngSignature, make.pngChunk('IHDR', header)]))).toMatchObject({ refused: 422 });
  });

  it('a JPEG whose data come first, or whose segments do not fit', async () => {
    const size = 'ffc0000b080004000401011100';
    for (const hex of [
      'ffd8ffda0008010100003f00',
      'ffd8ffd9',
      'ffd8ffd8',
      'ffd8ff00',
      'ffd8ffe00001',
      'ffd8ffe0000400001234',
      'ffd8ffc0000708000400040300',
    ]) {
      expect(judge(Buffer.concat([Buffer.from(hex, 'hex'), Buffer.from(size, 'hex'), Buffer.alloc(30)])), hex).toMatchObject({
        refused: 422,
      });
    }
    expect(judge(Buffer.from(`ffd8${size}`, 'hex'))).toEqual({ contentType: 'image/jpeg', width: 4, height: 4 });
    expect(judge(Buffer.from(`ffd8ffffff01ffd0${size}`, 'hex'))).toEqual({ contentType: 'image/jpeg', width: 4, height: 4 });
  });

  it.each(['ALPH', 'ICCP', 'VP8Z'])('a WebP that begins with %s', (type) => {
    expect(judge(make.riff(make.riffChunk(type, Buffer.alloc(30))))).toMatchObject({ refused: 422 });
  });
});

describe('how much it takes', () => {
  it('a size behind megabytes of profiles is found, and they are not kept', async () => {
    const profiles = Array.from({ length: 160 }, () => make.segment(0xe2, Buffer.alloc(65_533)));
    const jpeg = make.withSegments(await make.oriented(40, 30, 6), ...profiles);
    expect(jpeg.length).toBeGreaterThan(10_000_000);
    expect(judge(jpeg)).toEqual({ contentType: 'image/jpeg', width: 40, height: 30 });
  });

  it('gives up on thousands of empty segments, and on fill bytes without end', async () => {
    const empty = make.withSegments(await make.pixels(4, 4).jpeg().toBuffer(), Buffer.from('fffe0002'.repeat(5_000), 'hex'));
    expect(judge(empty)).toMatchObject({ refused: 422 });
    expect(judge(Buffer.concat([Buffer.from('ffd8', 'hex'), Buffer.alloc(5_000_000, 0xff)]))).toMatchObject({ refused: 422 });
  });

  it('has a verdict on anything that begins like a photo, the same whatever the pieces', async () => {
    const photos = await Promise.all((['jpeg', 'png', 'webp'] as const).map((type) => make.oriented(4, 3, 6, type)));
    const harm = fc.record({
      photo: fc.constantFrom(...photos),
      at: fc.nat(700),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 12 }),
      piece: fc.integer({ min: 1, max: 64 }),
    });
    fc.assert(
      fc.property(harm, ({ photo, at, bytes, piece }) => {
        const harmed = Buffer.from(photo);
        harmed.set(bytes.subarray(0, Math.max(0, harmed.length - at)), Math.min(at, harmed.length));
        const verdict = judge(harmed);
        expect(judge(harmed, piece)).toEqual(verdict);
        expect('refused' in verdict ? [415, 422].includes(verdict.refused) : verdict.width * verdict.height > 0).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});
