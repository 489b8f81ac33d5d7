import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';

/** As a phone takes it: 12 megapixels, on its side, some 4 MB. Soft noise, which JPEG finds about as hard as leaves. */
export async function takePhoto(dir: string): Promise<string> {
  const file = path.join(dir, 'holiday.jpg');
  const noise = { type: 'gaussian' as const, mean: 128, sigma: 60 };
  const small = await sharp({ create: { width: 1_000, height: 750, channels: 3, background: 'black', noise } })
    .png()
    .toBuffer();
  const photo = sharp(small).resize(4_000, 3_000).withMetadata({ orientation: 6 }).jpeg({ quality: 90 });
  await writeFile(file, await photo.toBuffer());
  return file;
}
