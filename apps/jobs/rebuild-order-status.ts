import { beginRebuild, foldAnew, holdPictures, rebuildJob, swapPictures, takeTouched } from '#libs/order-status';
import type { Tx } from '#libs/store';
import type { Job, Run, Step } from '#libs/work';
import { z } from 'zod';
import { beforeAll, nextOrders, type Walk } from './walk-orders.js';

/** A step over so many orders takes a fifth of a second. */
const most = 1_000;
/** While everybody waits, no more than this is caught up with. */
const mostHeld = 200;

interface Rebuilt {
  readonly phase: 'begin' | 'walk' | 'catch-up' | 'swap';
  readonly walk: Walk;
  readonly orders: number;
}

/**
 * Makes every order's picture anew from its stream, into a second table, while the first one serves and is kept up. What the projection changes
 * meanwhile it writes down, and that is made once more; then the two change places in one transaction. Nothing but pictures is written, so nobody
 * gets a mail.
 */
export const rebuildOrderStatus = (): Job<Record<string, never>, Rebuilt> => ({
  name: rebuildJob,
  description: 'Makes the list of orders anew from the streams, beside the one that is shown, and puts it in its place.',
  input: z.strictObject({}),
  overlap: 'skip',
  missed: 'none',
  singleton: true,
  stoppingWaitSeconds: 10,
  start: () => ({ phase: 'begin', walk: beforeAll, orders: 0 }),
  async step(tx, was, run): Promise<Step<Rebuilt>> {
    switch (was.phase) {
      case 'begin':
        await beginRebuild(tx);
        return { next: { ...was, phase: 'walk' }, progress: 0 };
      case 'walk': {
        const { walk, streams, progress } = await nextOrders(tx, was.walk, most);
        if (!walk) return { next: { ...was, phase: 'catch-up' }, progress: 95 };
        await make(tx, streams, run);
        return { next: { ...was, walk, orders: was.orders + streams.length }, progress: progress * 0.95 };
      }
      case 'catch-up': {
        const touched = await takeTouched(tx, most);
        await make(tx, touched, run);
        return { next: { ...was, phase: touched.length > mostHeld / 2 ? 'catch-up' : 'swap' }, progress: 97 };
      }
      case 'swap': {
        await holdPictures(tx);
        const touched = await takeTouched(tx, mostHeld);
        await make(tx, touched, run);
        // More than everybody should wait for.
        if (touched.length === mostHeld) return { next: { ...was, phase: 'catch-up' }, progress: 97 };
        await swapPictures(tx);
        return { result: { orders: was.orders } };
      }
      default:
        return was.phase satisfies never;
    }
  },
});

async function make(tx: Tx, streams: readonly string[], run: Run): Promise<void> {
  if (streams.length === 0) return;
  for (const [stream, why] of await foldAnew(tx, streams)) run.log('error', `${stream} cannot be folded: ${why}`);
}
