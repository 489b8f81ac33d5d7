import sharp, { type Sharp } from 'sharp';
import { expect, it } from 'vitest';
import { oriented, pixels } from '../../../../test/setup/photos.js';
import { encode } from './encode.js';
import { pipeline, type Filter } from './filter.js';
import { fitWithin } from './fit-within.js';
import { toSrgb } from './to-srgb.js';
import { upright } from './upright.js';

const png = encode({ contentType: 'image/png', quality: 90 });
const through = async (source: Buffer, ...filters: Filter[]): Promise<Buffer> => (await pipeline(...filters)(sharp(source))).toBuffer();

it('put in another order, they make the same picture', async () => {
  const photo = await pixels(60, 40, 6).withMetadata({ orientation: 6 }).withIccProfile('p3').png().toBuffer();
  const filters = [upright, toSrgb, fitWithin(30), png];
  const wanted = await through(photo, ...filters);
  expect(await sharp(wanted).metadata()).toMatchObject({ width: 30, height: 20 });
  for (let turn = 1; turn < filters.length; turn += 1) {
    const turned = [...filters.slice(turn), ...filters.slice(0, turn)];
    expect((await through(photo, ...turned)).equals(wanted), `from ${turn}`).toBe(true);
    expect((await through(photo, ...turned.toReversed())).equals(wanted), `back from ${turn}`).toBe(true);
  }
});

it('taken away, what it did is not done', async () => {
  const photo = await oriented(60, 40, 6, 'png');
  expect(await sharp(await through(photo, fitWithin(30), png)).metadata()).toMatchObject({ width: 20, height: 30 });
  expect(await sharp(await through(photo, upright, png)).metadata()).toMatchObject({ width: 60, height: 40 });
});

it('one more, made for the day, goes in between; a pipeline is a filter of another', async () => {
  const grey: Filter = (image: Sharp) => image.greyscale();
  const small = pipeline(upright, fitWithin(30));
  const photo = await oriented(60, 40, 8, 'png');
  const colour = async (...filters: Filter[]) => {
    const { data, info } = await sharp(await through(photo, ...filters))
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject({ width: 30, height: 20 });
    return [...data.subarray(0, 3)];
  };
  expect(await colour(small, png)).toEqual([255, 0, 0]);
  const [red, ...others] = await colour(small, grey, png);
  expect(others).toEqual([red, red]);
});
