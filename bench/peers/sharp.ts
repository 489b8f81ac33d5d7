import { readFile } from 'node:fs/promises';
import sharp from 'sharp';

/** The same three images of a photo, by sharp and nothing else: no process that may die, nothing kept, no photo that is judged. */
sharp.concurrency(1);
sharp.cache(false);
const sizes = [
  { side: undefined, quality: 92 },
  { side: 1024, quality: 85 },
  { side: 160, quality: 82 },
];

process.on('message', ({ file, times }: { file: string; times: number }) => {
  void (async () => {
    const source = await readFile(file);
    for (let n = 0; n < times; n++)
      for (const { side, quality } of sizes) {
        const image = sharp(source).autoOrient();
        if (side) image.resize(side, side, { fit: 'inside', withoutEnlargement: true });
        await image.jpeg({ quality, chromaSubsampling: '4:4:4', optimiseCoding: false }).toBuffer();
      }
    process.send!({ rendered: times });
  })();
});
process.on('SIGTERM', () => process.exit(0));
process.send!({ url: 'none' });
