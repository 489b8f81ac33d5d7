import type { Access } from '#libs/access';
import { problem } from '#libs/host';
import { objectOf, receiveImport, type ImportType, type SealingParts } from '#libs/imports';
import type { Objects } from '#libs/objects';
import { askForRun, NoSuchJob, type Database } from '#libs/store';
import type { Readable } from 'node:stream';
import { v7 as uuidv7 } from 'uuid';
import { answerOnce, type Key } from '#libs/idempotency';

export interface TakenImport {
  /** Of its run. */
  readonly id: string;
  readonly replayed: boolean;
}

export interface TakingParts extends SealingParts {
  readonly db: Database;
  readonly objects: Objects;
  readonly access: Access;
}

/**
 * Takes a file of orders in: first the object, then the run that reads it, so that no run ever names what is not there. If the process dies
 * between the two, an object is left that nothing refers to.
 * @throws {Problem} as `receiveImport`; `idempotency-key-reused` where another file came with the key; `job-running` where the operator lets no import
 *   wait for another; `unavailable` where nobody does imports yet
 */
export async function takeImport(parts: TakingParts, type: ImportType, upload: Readable, key?: Key): Promise<TakenImport> {
  const { db, objects, access } = parts;
  const id = uuidv7();
  const object = objectOf(id);
  const sha256 = await receiveImport(parts, object, type, upload);
  // The type is a part of what was sent: an empty file is an import in one, and none in the other.
  const once = key && { ...key, fingerprint: access.fingerprint(Buffer.concat([sha256, Buffer.from(type)])) };
  try {
    const { answer, replayed } = await answerOnce<{ id: string }>(db, once, `run:${id}`, async (tx, keep) => {
      await keep({ id });
      if (!(await askForRun(tx, { id, job: 'import', trigger: 'http', input: { object } }))) throw problem('job-running');
      return { id };
    });
    if (replayed) await objects.delete(object);
    return { ...answer, replayed };
  } catch (error) {
    // The commit may have come through though its answer did not: what belongs to a run after all is not ours to delete.
    if (!(await hasRun(db, id).catch(() => true))) await objects.delete(object);
    throw error instanceof NoSuchJob ? problem('unavailable', { detail: error.message }) : error;
  }
}

const hasRun = async (db: Database, id: string): Promise<boolean> =>
  (await db.run('import-run', 'SELECT FROM runs WHERE id = $1', [id])).length > 0;
