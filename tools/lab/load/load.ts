import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Accepted, Seen } from '../evidence.js';
import type { Random } from '../random.js';
import { makeCards } from './cards.js';
import { customer, type Shop } from './customer.js';
import { wish } from './order.js';
import { photographer } from './photos.js';

export interface Load {
  readonly accepted: Accepted[];
  readonly seen: Seen[];
  /** What a customer found wrong at once: an answer that should not be. */
  readonly surprises: string[];
  readonly cardNumbers: readonly string[];
  /** Customers who still wait for something. */
  readonly waiting: number;
  /** No more orders. */
  close(): void;
  /** Customers who still wait go home. Resolves when all have. */
  goHome(): Promise<void>;
}

/** A stream of customers, `perSecond` on average. */
export function startLoad(shop: Shop, { random, perSecond }: { random: Random; perSecond: number }): Load {
  const cards = makeCards(random.fork('cards'));
  const photos = photographer(shop, random.fork('photos'));
  const accepted: Accepted[] = [];
  const seen: Seen[] = [];
  const surprises: string[] = [];
  const home = new AbortController();
  const closed = new AbortController();
  const waiting = new Set<Promise<void>>();
  // Everybody hears them.
  setMaxListeners(0, home.signal, closed.signal);

  const one = async (n: number): Promise<void> => {
    const own = random.fork(`customer ${n}`);
    const wanted = wish(own, cards);
    const photo = wanted.photo ? await photos.take(own, home.signal) : undefined;
    await customer(shop, {
      wish: photo?.broken ? { ...wanted, kind: 'broken-photo', cancelAt: undefined } : wanted,
      photoId: photo?.id,
      random: own,
      see: (what) => seen.push(what),
      accepted: (order) => accepted.push(order),
      end: home.signal,
    }).catch((error: Error) => {
      // Judged before the order came.
      if (!photo?.broken || !error.message.includes('answered 422')) throw error;
    });
  };
  const run = async (): Promise<void> => {
    for (let n = 0; !closed.signal.aborted; n++) {
      const turn: Promise<void> = one(n)
        .catch((error: Error) => void (home.signal.aborted || surprises.push(error.message)))
        .finally(() => waiting.delete(turn));
      waiting.add(turn);
      await sleep((random.next() * 2_000) / perSecond, undefined, { signal: closed.signal }).catch(() => {});
    }
  };
  const running = run();
  return {
    accepted,
    seen,
    surprises,
    cardNumbers: cards.numbers,
    get waiting() {
      return waiting.size;
    },
    close: () => closed.abort(),
    async goHome() {
      closed.abort();
      home.abort();
      await running;
      await Promise.all(waiting);
    },
  };
}
