import type { Objects } from '#libs/objects';
import type { Job } from '#libs/work';
import { z } from 'zod';
import type { Finding, Look } from './finding.js';
import { lookAtAccounts } from './look-at-accounts.js';
import { lookAtOutbox, lookAtStock } from './look-at-books.js';
import { lookAtOrders, lookAtPeople, lookAtPictures } from './look-at-orders.js';
import { lookAtObjects, lookAtPhotos } from './look-at-photos.js';

/** So many are kept and told of; whoever has more has one cause to look for. */
const mostFindings = 1_000;

/** The looks of the release before, in its order. */
const numbered = ['orders', 'pictures', 'people', 'photos', 'objects', 'products', 'unpublished'];

/** How far a run has come. */
export interface Checked {
  /** Name of the look. The release before kept its place in `numbered`. */
  readonly at: string | number;
  readonly after: string;
  readonly checked: Readonly<Record<string, number>>;
  readonly findings: readonly Finding[];
  /** Those that were too many included. */
  readonly found: number;
}

/**
 * Holds what the shop keeps against what else it keeps: pictures against streams, stock against movements, stored images against records, people
 * and cards against orders and accounts. Mends nothing. A run that finds something has succeeded: its findings are its result, and errors in its log.
 */
export const consistencyCheck = (objects: Objects): Job<Record<string, never>, Checked> => {
  const looks: readonly { readonly at: string; readonly from: string; readonly look: Look }[] = [
    { at: 'orders', from: 'order:', look: lookAtOrders },
    { at: 'pictures', from: '00000000-0000-0000-0000-000000000000', look: lookAtPictures },
    { at: 'people', from: '', look: lookAtPeople },
    { at: 'photos', from: 'photo:', look: lookAtPhotos(objects) },
    { at: 'accounts', from: 'account:', look: lookAtAccounts },
    { at: 'objects', from: '', look: lookAtObjects(objects) },
    { at: 'products', from: '', look: lookAtStock },
    { at: 'unpublished', from: '', look: lookAtOutbox },
  ];
  return {
    name: 'consistency-check',
    description: 'Looks for contradictions in what the shop keeps, and mends nothing.',
    input: z.strictObject({}),
    schedule: '0 5 * * *',
    overlap: 'skip',
    missed: 'once',
    singleton: true,
    stoppingWaitSeconds: 10,

    start: () => ({ at: looks[0]!.at, after: looks[0]!.from, checked: {}, findings: [], found: 0 }),

    async step(tx, was, run) {
      const at = typeof was.at === 'number' ? numbered[was.at]! : was.at;
      const n = looks.findIndex((one) => one.at === at);
      if (n < 0) throw new Error(`It is at a look that this build does not know: ${at}.`);
      const { findings, seen, after } = await looks[n]!.look(tx, was.after);
      const room = mostFindings - was.findings.length;
      for (const { kind, id, detail } of findings.slice(0, room)) run.log('error', `${kind} ${id}: ${detail}`);
      if (was.found <= mostFindings && was.found + findings.length > mostFindings) run.log('error', `There are more than ${mostFindings}.`);
      const all = {
        checked: { ...was.checked, [at]: (was.checked[at] ?? 0) + seen },
        findings: [...was.findings, ...findings.slice(0, room)],
        found: was.found + findings.length,
      };
      if (after !== undefined) return { next: { ...all, at, after }, progress: (n / looks.length) * 100 };
      const next = looks[n + 1];
      if (next) return { next: { ...all, at: next.at, after: next.from }, progress: ((n + 1) / looks.length) * 100 };
      return { result: all };
    },
  };
};
