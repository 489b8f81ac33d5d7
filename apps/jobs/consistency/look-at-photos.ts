import type { Objects } from '#libs/objects';
import { contradictionsIn, gapIn } from '#libs/order';
import { idOf, knownPhotos, postgresEventStore } from '#libs/store';
import { fold, photos, UnknownEvent } from '#libs/work';
import type { Finding, FindingKind, Look } from './finding.js';

const most = 200;

/** Each photo's stored images against its record. An object is there before the event that tells of it. */
export const lookAtPhotos =
  (objects: Objects): Look =>
  async (tx, after) => {
    const page = await tx.run<{ stream: string }>(
      'consistency-photos',
      `SELECT stream FROM events WHERE version = 1 AND stream > $1 AND stream < 'photo;' ORDER BY stream LIMIT ${most}`,
      [after],
    );
    const loaded = await postgresEventStore.load(
      tx,
      page.map(({ stream }) => ({ stream, after: 0 })),
    );
    const findings: Finding[] = [];
    for (const { stream } of page) {
      const say = (kind: FindingKind, detail: string): void => void findings.push({ kind, id: idOf(stream), detail });
      const facts = loaded.get(stream) ?? [];
      for (const what of [gapIn(facts), ...contradictionsIn(facts)]) if (what) say('photo-history', what);
      try {
        const { status, object, renditions } = fold(photos, facts);
        if (status !== 'erased' && !(await isThere(objects, object))) say('original-missing', `${object} is not there.`);
        for (const { name, object: made } of renditions)
          if (!(await isThere(objects, made))) say('rendition-missing', `“${name}” is not there.`);
      } catch (error) {
        if (!(error instanceof UnknownEvent)) throw error;
      }
    }
    return { findings, seen: page.length, after: page.at(-1)?.stream };
  };

async function isThere(objects: Objects, name: string): Promise<boolean> {
  const found = await objects.get(name);
  found?.stream.destroy();
  return found !== undefined;
}

/** The front door deletes what belongs to no photo when it is a day old. */
const leftMs = 3 * 24 * 60 * 60_000;

/** Stored images without a record, all of them in one look. */
export const lookAtObjects =
  (objects: Objects): Look =>
  async (tx) => {
    const old = new Map<string, string>();
    const findings: Finding[] = [];
    let seen = 0;
    const judge = async (): Promise<void> => {
      for (const id of await knownPhotos(tx, [...old.keys()])) old.delete(id);
      for (const [id, name] of old)
        findings.push({ kind: 'object-without-photo', id, detail: `${name} belongs to no photo, or to one that is erased.` });
      old.clear();
    };
    for await (const { name, at } of objects.list('photos/')) {
      seen += 1;
      const id = name.split('/')[1]!;
      if (Date.now() - at.getTime() > leftMs) old.set(id, name);
      if (old.size === 1_000) await judge();
    }
    if (old.size > 0) await judge();
    return { findings, seen };
  };
