import { problem } from '#libs/host';
import type { Objects } from '#libs/objects';
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { sealImport, type ImportType, type SealingParts } from './seal-import.js';

export const mostBytes = 100 * 1024 * 1024;

/** Where an import waits for its run, whose id it has. */
export const objectOf = (runId: string): string => `imports/${runId}`;

/**
 * Seals an import into the store while it arrives. When it resolves, all of it is there to stay, and its run may be asked for; of one that is
 * refused or breaks off there is nothing. What is left of one refused is read and dropped, so that the sender, still writing, sees the answer.
 * @returns the SHA-256 of the file as it came, which nobody can try cards on: it is to be made an HMAC before it lies anywhere
 * @throws {Problem} `too-large`, `invalid`, `malformed`, `unavailable`; the upload's own error if it breaks off
 */
export async function receiveImport(
  { objects, ...parts }: SealingParts & { readonly objects: Objects },
  object: string,
  type: ImportType,
  upload: Readable,
): Promise<Buffer> {
  const hash = createHash('sha256');
  let bytes = 0;
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const chunk of upload.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > mostBytes) throw problem('too-large', { detail: `An import may have ${mostBytes / 1024 / 1024} MiB.` });
      hash.update(chunk);
      yield chunk;
    }
  }
  try {
    await objects.put(object, sealImport(type, counted(), parts));
  } catch (error) {
    upload.on('error', () => {}).resume();
    throw error;
  }
  return hash.digest();
}
