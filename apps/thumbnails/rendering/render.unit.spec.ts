import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { render, type Rendered, type Rejected } from './render.js';
import * as make from '../../../test/setup/photos.js';

const never = new AbortController().signal;
const rendered = async (source: Buffer): Promise<Rendered> => {
  const answer = await render(source, never);
  if ('rejected' in answer) throw new Error(answer.rejected);
  return answer;
};
const imageOf = (answer: Rendered, name: string) => answer.renditions.find((one) => one.name === name)!;

/** The colours in the middles of its quarters: upper left, upper right, lower left, lower right. */
const coloursOf = async (bytes: Buffer): Promise<number[][]> => {
  const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
  return [
    [1, 1],
    [3, 1],
    [1, 3],
    [3, 3],
  ].map(([x, y]) => {
    const at = (Math.floor((info.height * y!) / 4) * info.width + Math.floor((info.width * x!) / 4)) * info.channels;
    return [...data.subarray(at, at + info.channels)];
  });
};
/** `off`: by how much each channel may differ. */
const expectColours = (seen: number[][], wanted: readonly (readonly number[])[], off: number, what = '') => {
  const worst = Math.max(...seen.flatMap((colour, i) => colour.map((value, channel) => Math.abs(value - wanted[i]![channel]!))));
  expect(worst, `${what} ${JSON.stringify(seen)}`).toBeLessThanOrEqual(off);
};
const quarters = Object.values(make.quarters);

describe('every rendition', () => {
  it('fits its square, keeps its shape and its pixels upright', async () => {
    const answer = await rendered(await make.oriented(1_600, 1_200, 6));
    expect([answer.width, answer.height]).toEqual([1_600, 1_200]);
    expect(answer.renditions.map(({ name, width, height, contentType }) => [name, width, height, contentType])).toEqual([
      ['proof', 1_600, 1_200, 'image/jpeg'],
      ['preview', 1_024, 768, 'image/jpeg'],
      ['thumb', 160, 120, 'image/jpeg'],
    ]);
    for (const { name, bytes, width, height } of answer.renditions) {
      expect(await sharp(bytes).metadata()).toMatchObject({ format: 'jpeg', width, height, space: 'srgb', channels: 3 });
      expectColours(await coloursOf(bytes), quarters, 8, name);
    }
  });

  it.each([
    [1, 1, [1, 1], [1, 1]],
    [100, 50, [100, 50], [100, 50]],
    [160, 160, [160, 160], [160, 160]],
    [500, 20, [500, 20], [160, 6]],
    [3_000, 2, [1_024, 1], [160, 1]],
  ])('%i × %i is never enlarged, and never without pixels', async (width, height, preview, thumb) => {
    const answer = await rendered(await make.pixels(width, height).png().toBuffer());
    const sizes = answer.renditions.map((one) => [one.width, one.height]);
    expect(sizes).toEqual([[width, height], preview, thumb]);
    for (const one of answer.renditions) expect(await sharp(one.bytes).metadata()).toMatchObject({ width: one.width, height: one.height });
  });

  it('has no metadata at all', async () => {
    const photo = await make
      .pixels(1_200, 900)
      .withMetadata({ orientation: 3, density: 300 })
      .withExifMerge({ IFD0: { Artist: 'Ada Lovelace' }, IFD3: { GPSLatitude: '48/1 12/1 0/1' } })
      .withIccProfile('p3')
      .withXmp('<x:xmpmeta xmlns:x="adobe:ns:meta/"><Ada/></x:xmpmeta>');
    for (const source of [photo.clone().jpeg(), photo.clone().png(), photo.clone().webp(), photo.clone().ensureAlpha(0.5).png()]) {
      const original = await source.toBuffer();
      expect(await sharp(original).metadata()).toMatchObject({
        exif: expect.any(Buffer),
        icc: expect.any(Buffer),
        xmp: expect.any(Buffer),
        orientation: 3,
      });
      for (const { bytes } of (await rendered(original)).renditions) {
        const metadata = await sharp(bytes).metadata();
        for (const kind of ['exif', 'icc', 'xmp', 'iptc', 'orientation', 'comments'] as const) expect(metadata[kind], kind).toBeUndefined();
        expect(metadata.density).not.toBe(300);
        expect(bytes.toString('latin1')).not.toMatch(/Ada|Exif|ICC_PROFILE|iCCP|eXIf|tEXt|iTXt|xmpmeta|Photoshop|pHYs|JFIF/);
      }
    }
  });

  it('is the same each time', async () => {
    const photo = await make.oriented(300, 200, 5);
    expect(await rendered(photo)).toEqual(await rendered(photo));
  });
});

describe('golden', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('EXIF orientation %i', async (orientation) => {
    for (const type of ['jpeg', 'png', 'webp'] as const) {
      const answer = await rendered(await make.oriented(60, 40, orientation, type));
      expect([answer.width, answer.height]).toEqual([60, 40]);
      expectColours(await coloursOf(imageOf(answer, 'proof').bytes), quarters, 12, type);
    }
  });

  const solid = (colour: readonly number[]) =>
    sharp(Buffer.from(Array.from({ length: 64 }, () => colour).flat()), { raw: { width: 8, height: 8, channels: 3 } });
  const proofColour = async (source: Buffer) => (await coloursOf(imageOf(await rendered(source), 'proof').bytes))[0]!;
  const soft = [200, 30, 40];

  it.each([
    ['sRGB', 1, () => solid(soft).png()],
    ['sRGB named by a profile', 2, () => solid(soft).withIccProfile('srgb').png()],
    // A profile is believed, not merely dropped: stored as P3 this red is (184, 50, 48).
    ['Display P3', 3, () => solid(soft).withIccProfile('p3').png()],
    ['Display P3, JPEG', 4, () => solid(soft).withIccProfile('p3').jpeg({ quality: 100, chromaSubsampling: '4:4:4' })],
    ['16 bits', 1, () => solid(soft).toColourspace('rgb16').png()],
    ['16 bits with a profile', 3, () => solid(soft).toColourspace('rgb16').withIccProfile('p3').png()],
    [
      'CMYK with a profile',
      8,
      () => solid(soft).toColourspace('cmyk').withIccProfile('cmyk').jpeg({ quality: 100, chromaSubsampling: '4:4:4' }),
    ],
    ['a palette', 1, () => solid(soft).png({ palette: true })],
    ['lossless WebP', 1, () => solid(soft).webp({ lossless: true })],
  ])('%s', async (_, off, source) => {
    expectColours([await proofColour(await source().toBuffer())], [soft], off);
  });

  it('CMYK without a profile is taken for the usual one', async () => {
    const [red, green, blue] = await proofColour(await solid(soft).toColourspace('cmyk').jpeg().toBuffer());
    expect([red! > 180, green! < 60, blue! < 60]).toEqual([true, true, true]);
  });

  it.each([
    ['8 bits', () => solid([90, 90, 90]).toColourspace('b-w')],
    ['16 bits', () => solid([90, 90, 90]).toColourspace('grey16')],
  ])('grey of %s becomes colour', async (_, source) => {
    expectColours([await proofColour(await source().png().toBuffer())], [[90, 90, 90]], 1);
  });

  it('of an animation the first frame', async () => {
    const answer = await rendered(await make.animated(40, 30));
    expect([answer.width, answer.height]).toEqual([40, 30]);
    for (const { bytes } of answer.renditions)
      expectColours(
        await coloursOf(bytes),
        Array.from({ length: 4 }, () => [255, 0, 0]),
        3,
      );
  });

  it.each(['png', 'webp'] as const)('what is transparent in a %s stays so', async (type) => {
    const glass = await make.pixels(400, 300).ensureAlpha(0.5).toFormat(type, { lossless: true }).toBuffer();
    for (const { name, bytes, contentType } of (await rendered(glass)).renditions) {
      expect(contentType).toBe('image/png');
      expect(await sharp(bytes).metadata()).toMatchObject({ format: 'png', channels: 4 });
      expectColours(
        await coloursOf(bytes),
        quarters.map((colour) => [...colour, 128]),
        3,
        name,
      );
    }
  });

  it('a palette with transparent entries too', async () => {
    const image = await sharp({ create: { width: 8, height: 8, channels: 4, background: { r: 10, g: 20, b: 30, alpha: 0 } } })
      .png({ palette: true })
      .toBuffer();
    expect((await proofColour(image))[3]).toBe(0);
  });

  it('a side too long for JPEG', async () => {
    const answer = await rendered(
      await sharp({ create: { width: 65_536, height: 2, channels: 3, background: '#ff0000' } })
        .png()
        .toBuffer(),
    );
    expect(imageOf(answer, 'proof')).toMatchObject({ width: 65_536, height: 2, contentType: 'image/png' });
  });
});

describe('what no attempt will render', () => {
  const photo = make.noise(400, 300);
  const half = (bytes: Buffer) => bytes.subarray(0, bytes.length / 2);
  const changed = (bytes: Buffer, at: number, ...to: number[]) => {
    const copy = Buffer.from(bytes);
    copy.set(to, at);
    return copy;
  };
  const jpeg = () => photo.clone().jpeg().toBuffer();
  const png = () => photo.clone().png().toBuffer();
  const vp8 = async () => (await photo.clone().webp().toBuffer()).subarray(12);

  it.each<[string, () => Buffer | Promise<Buffer>]>([
    ['nothing', () => Buffer.alloc(0)],
    ['zeros', () => Buffer.alloc(1_000)],
    ['half a JPEG', async () => half(await jpeg())],
    ['a JPEG without its last two bytes', async () => (await jpeg()).subarray(0, -2)],
    ['half a progressive JPEG', async () => half(await photo.clone().jpeg({ progressive: true }).toBuffer())],
    ['half a PNG', async () => half(await png())],
    ['half a WebP', async () => half(await photo.clone().webp().toBuffer())],
    ['a JPEG with rubbish in its data', async () => changed(await jpeg(), 20_000, ...Array<number>(60).fill(0xff))],
    [
      'a PNG with a bit turned',
      async () => {
        const bytes = await png();
        return changed(bytes, 9_000, bytes[9_000]! ^ 1);
      },
    ],
    ['a JPEG that claims more pixels than it has', async () => make.claiming(await jpeg(), 4_000, 3_000)],
    ['a PNG that has fewer rows than it claims', () => make.emptyPng(8_000, 6_000, 10)],
    ['a WebP whose canvas is smaller than its picture', async () => make.riff(make.vp8x(10, 10), await vp8())],
    ['a WebP whose canvas is larger than its picture', async () => make.riff(make.vp8x(4_000, 3_000), await vp8())],
    ['more than 50 megapixels', () => make.emptyPng(20_000, 20_000)],
    ['a header alone', async () => (await jpeg()).subarray(0, 620)],
    [
      'GIF',
      () =>
        sharp({ create: { width: 4, height: 4, channels: 3, background: 'red' } })
          .gif()
          .toBuffer(),
    ],
    ['TIFF', () => photo.clone().tiff().toBuffer()],
    [
      'AVIF',
      () =>
        sharp({ create: { width: 4, height: 4, channels: 3, background: 'red' } })
          .avif({ effort: 0 })
          .toBuffer(),
    ],
    ['SVG', () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')],
    ['PDF', () => Buffer.from('%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>')],
    ['PPM', () => Buffer.from('P6 1 1 255 abc')],
  ])('%s', async (_, source) => {
    const answer = (await render(await source(), never)) as Rejected;
    expect(answer).toEqual({ rejected: expect.stringMatching(/^The photo cannot be decoded.{0,200}$/) });
    expect(answer.rejected).not.toMatch(/node_modules|\/\w+\/|\n/);
  });

  it('is not: a header that claims fewer pixels. What it claims is taken', async () => {
    expect(await rendered(make.claiming(await jpeg(), 16, 16))).toMatchObject({ width: 16, height: 16 });
  });

  it('is not: something hung on, or hidden between', async () => {
    const zip = Buffer.from('PK\x03\x04<script>alert(1)</script>');
    for (const source of [await jpeg(), await png(), await photo.clone().webp().toBuffer()]) {
      for (const { bytes } of (await rendered(Buffer.concat([source, zip]))).renditions)
        expect(bytes.includes('PK\x03\x04<script>')).toBe(false);
    }
    const comment = make.withSegments(await jpeg(), make.segment(0xfe, Buffer.from('<?php system($_GET[0]);')));
    for (const { bytes } of (await rendered(comment)).renditions) expect(bytes.includes('<?php')).toBe(false);
  });

  it('is not: what some phones write wrong (SOS parameters)', async () => {
    const bytes = await jpeg();
    const scan = bytes.indexOf(Buffer.from([0xff, 0xda]));
    const end = scan + 5 + 2 * bytes[scan + 4]! + 1;
    expect(bytes[end]).toBe(63);
    const answer = await rendered(changed(bytes, end, 0));
    expect(answer).toEqual(await rendered(bytes));
  });
});

it('50 megapixels are rendered', async () => {
  const answer = await rendered(make.emptyPng(7_000, 7_000, 7_000));
  expect(answer.renditions.map(({ width, height }) => [width, height])).toEqual([
    [7_000, 7_000],
    [1_024, 1_024],
    [160, 160],
  ]);
}, 30_000);

it('told to stop, it throws what it was told', async () => {
  await expect(render(await make.oriented(40, 30, 1), AbortSignal.abort(new Error('the lease is over')))).rejects.toThrow(
    'the lease is over',
  );
});
