import sharp from 'sharp';
import type { Random } from '../random.js';
import type { Shop } from './customer.js';
import { patiently } from './patiently.js';

export interface Photographer {
  /** Uploads a photo, or has one that was uploaded before; undefined where the shop takes none. */
  take(random: Random, end: AbortSignal): Promise<{ id: string; broken: boolean } | undefined>;
}

/** Small pictures, some of which cannot be decoded though their header says nothing of it. */
export function photographer({ apiUrl, mark }: Shop, random: Random): Photographer {
  const good: string[] = [];
  const picture = sharp({ create: { width: 64, height: 48, channels: 3, background: { r: random.whole(0, 255), g: 80, b: 160 } } })
    .jpeg()
    .toBuffer();

  return {
    async take(own, end) {
      if (good.length > 0 && own.chance(0.5)) return { id: own.pick(good), broken: false };
      const broken = own.chance(0.15);
      const whole = await picture;
      const form = new FormData();
      const bytes = broken ? whole.subarray(0, Math.floor(whole.length * 0.6)) : whole;
      form.set('file', new Blob([new Uint8Array(bytes)], { type: 'image/jpeg' }), `${mark}.jpg`);
      const answer = await patiently(`${apiUrl}/photos`, { method: 'POST', body: form }, end);
      if (answer.status === 404) return undefined;
      if (answer.status !== 202) throw new Error(`POST /photos answered ${answer.status}: ${await answer.text()}`);
      const { id } = (await answer.json()) as { id: string };
      if (!broken) good.push(id);
      return { id, broken };
    },
  };
}
