import type { Access } from '#libs/access';
import { shapeToday } from '#libs/decider';
import { Problem, problem } from '#libs/host';
import type { Objects } from '#libs/objects';
import { photoUpcasts, type PhotoEvent } from '#libs/photo';
import { postgresEventStore, type Database, type NewEvent } from '#libs/store';
import { v7 as uuidv7 } from 'uuid';
import { answerOnce, type Key } from '#libs/idempotency';
import { originalOf, receivePhoto } from './receive-photo.js';
import type { Upload } from './upload.js';

export interface TakenPhoto {
  readonly id: string;
  readonly replayed: boolean;
}

/**
 * Takes a photo in: first the object, then the event that tells of it, so that no event ever names what is not there. If the process dies between
 * the two, an object is left that nothing refers to.
 * @throws {Problem} `too-large`, `unsupported-media-type`, `invalid`; `idempotency-key-reused` where another photo came with the key
 */
export async function takePhoto(
  { db, objects, access }: { db: Database; objects: Objects; access: Access },
  upload: Upload,
  key?: Key,
): Promise<TakenPhoto> {
  const id = uuidv7();
  const object = originalOf(id);
  const received = await receivePhoto(objects, object, upload.bytes);
  if ('refused' in received) {
    const { refused, detail } = received;
    throw problem(slugs[refused], { detail, ...(refused === 422 && { errors: [{ pointer: upload.pointer, detail }] }) });
  }

  const { sha256, ...data } = received;
  const uploaded: PhotoEvent & NewEvent = { type: 'PhotoUploaded', data, shape: shapeToday(photoUpcasts, 'PhotoUploaded') };
  // What a key stands for is the photo: two forms with it differ in their boundary.
  const once = key && { ...key, fingerprint: access.fingerprint(Buffer.from(sha256, 'hex')) };
  const stream = `photo:${id}`;
  const write = { stream, expected: 0, events: [uploaded], meta: { lane: 'standard' as const }, at: new Date().toISOString() };
  try {
    const { answer, replayed } = await answerOnce<{ id: string }>(db, once, stream, async (tx, keep) => {
      await keep({ id });
      await postgresEventStore.append(tx, [write]);
      return { id };
    });
    if (replayed) await objects.delete(object);
    return { ...answer, replayed };
  } catch (error) {
    // Of anything else nobody knows whether it was committed, and an event must not name what is gone.
    if (error instanceof Problem) await objects.delete(object);
    throw error;
  }
}

const slugs = { 413: 'too-large', 415: 'unsupported-media-type', 422: 'invalid' } as const;
