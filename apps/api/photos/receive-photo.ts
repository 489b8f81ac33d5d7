import type { Objects } from '#libs/objects';
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { ImageType } from '#libs/photo';
import { PhotoJudge, type Verdict } from './judge-photo.js';

export const mostBytes = 25 * 1024 * 1024;

/** Where an upload lies. Its renditions lie in the same folder, so that what belongs to a photo is listed, and deleted, by `photos/<id>/`. */
export const originalOf = (photoId: string): string => `photos/${photoId}/original`;

export interface ReceivedPhoto {
  readonly object: string;
  readonly contentType: ImageType;
  /** In pixels, upright, as the header says; what the pixels say is seen when it is rendered. */
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
  /** Of all its bytes, in hexadecimal. */
  readonly sha256: string;
}

export interface RefusedPhoto {
  /** The HTTP status: too many bytes, no photo, a photo that cannot be taken. */
  readonly refused: 413 | 415 | 422;
  readonly detail: string;
}

/**
 * Stores an upload while it arrives and judges it as it passes: one chunk is in memory at a time. When it resolves, the object is there to
 * stay, and the event that tells of it may be appended. Of one refused or cut off there is no object; of one refused the rest is read and
 * dropped, so that the sender, still writing, sees the answer.
 *
 * Rejects with the upload's own error if it breaks off, and with the store's if that fails.
 */
export async function receivePhoto(objects: Objects, object: string, upload: Readable): Promise<ReceivedPhoto | RefusedPhoto> {
  const judge = new PhotoJudge();
  const hash = createHash('sha256');
  let bytes = 0;
  let verdict: Verdict | undefined;

  async function* judged(): AsyncGenerator<Buffer> {
    for await (const chunk of upload.iterator({ destroyOnReturn: false })) {
      bytes += chunk.length;
      if (bytes > mostBytes) throw new TurnedAway(tooLarge);
      verdict ??= judge.push(chunk);
      if (verdict && 'refused' in verdict) throw new TurnedAway(verdict);
      hash.update(chunk);
      yield chunk;
    }
    // A multipart parser with a limit below ours ends the stream as if it were whole.
    if ('truncated' in upload && upload.truncated) throw new TurnedAway(tooLarge);
    verdict ??= judge.end();
    if ('refused' in verdict) throw new TurnedAway(verdict);
  }

  try {
    await objects.put(object, judged());
  } catch (error) {
    upload.on('error', () => {}).resume();
    if (error instanceof TurnedAway) return error.refusal;
    throw error;
  }
  const { contentType, width, height } = verdict as Exclude<Verdict, { refused: unknown }>;
  return { object, contentType, width, height, bytes, sha256: hash.digest('hex') };
}

export const tooLarge = { refused: 413, detail: `A photo may have ${mostBytes / 1024 / 1024} MiB.` } as const;

/** Makes the store give up what it has of it. */
class TurnedAway extends Error {
  constructor(readonly refusal: RefusedPhoto) {
    super(refusal.detail);
  }
}
