import { mostRejected, readSealed } from '#libs/imports';
import type { Objects } from '#libs/objects';
import type { Job } from '#libs/work';
import { z } from 'zod';
import { placeOrders } from './place-orders.js';
import { priceOrders, type BadRow } from './price-orders.js';

/** A statement over 500 orders takes a tenth of a second; ten times as many are no faster each. */
const batch = 500;

const input = z.strictObject({ object: z.string().regex(/^imports\/[0-9a-f-]{36}$/, 'must be an import that was received') });

/** How far an import has come. What it has counted so far is a part of it: result and orders never tell two stories. */
export interface Imported {
  readonly object: string;
  /** Bytes of the object. */
  readonly offset: number;
  /** All of it has been read, and committed. */
  readonly ended: boolean;
  readonly rows: number;
  readonly orders: number;
  readonly duplicates: number;
  /** The first of them, by line. */
  readonly rejected: readonly BadRow[];
}

/**
 * Places the orders of a file whose cards were sealed when it came in. Orders and checkpoint commit together, so a process may die at any line:
 * the next goes on behind the last order placed. The object is deleted in a step of its own, when nothing will ask for it again.
 * @param placed rings for who publishes
 */
export const importOrders = (objects: Objects, placed: () => void): Job<z.output<typeof input>, Imported> => ({
  name: 'import',
  description: 'Places the orders of a file that was sent to POST /imports or dropped into the import folder.',
  input,
  overlap: 'queue',
  missed: 'none',
  singleton: true,
  stoppingWaitSeconds: 10,

  start: ({ object }) => ({ object, offset: 0, ended: false, rows: 0, orders: 0, duplicates: 0, rejected: [] }),

  async step(tx, was, run) {
    // Those of the step before are committed by now.
    if (was.offset > 0) placed();
    if (was.ended) {
      await objects.delete(was.object);
      return { result: { rows: was.rows, orders: was.orders, duplicates: was.duplicates, rejected: was.rejected } };
    }
    const read = await readSealed(objects, was.object, was.offset, batch);
    if (!read) throw new Error(`${was.object} is gone.`);
    run.signal.throwIfAborted();

    const { entries, end, size } = read;
    if (entries.length === 0 && end < size) throw new Error(`${was.object} breaks off at byte ${end}.`);
    const sealed = entries.filter((entry) => 'sealed' in entry);
    const judged = await priceOrders(tx, sealed);
    const priced = judged.filter((one) => 'order' in one);
    const fates = await placeOrders(tx, priced, new Date().toISOString());
    const other = priced.flatMap(({ order }, n): BadRow[] =>
      fates[n] === 'other'
        ? [{ line: order.rowOf[0]!, reference: order.reference, reason: 'reference: It belongs to another order.' }]
        : [],
    );
    const spoilt = entries.flatMap((entry): BadRow[] =>
      'faults' in entry ? entry.faults.map(({ line, reason }) => ({ line, reference: entry.reference, reason })) : [],
    );
    const bad = [...spoilt, ...judged.flatMap((one) => ('bad' in one ? one.bad : [])), ...other].sort((a, b) => a.line - b.line);
    const count = (fate: string): number => fates.filter((one) => one === fate).length;
    return {
      next: {
        object: was.object,
        offset: end,
        ended: end === size,
        rows: was.rows + entries.reduce((sum, { rows }) => sum + rows, 0),
        orders: was.orders + count('placed'),
        duplicates: was.duplicates + count('duplicate'),
        rejected: [...was.rejected, ...bad].slice(0, mostRejected),
      },
      progress: size === 0 ? 100 : Math.floor((end / size) * 100),
    };
  },
});
