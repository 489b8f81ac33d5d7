import type { Objects } from '#libs/objects';
import { idOf, kindOf, type Tx } from '#libs/store';
import type { Job, Run } from '#libs/work';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { firstIdAt, firstIdOf } from '../first-id.js';
import { dropOld, dropWork } from './drop-old.js';
import { eraseAccounts } from './erase-accounts.js';
import { eraseOrders } from './erase-orders.js';
import { deleteImages, erasePhotos, keepNeeded, loosenOld } from './erase-photos.js';

/** A step over so many orders takes a tenth of a second. */
const most = 200;
/** A file of this size, some 130,000 orders, is written anew in one or two seconds on busy cores, for which the front waits. */
const mostRewritten = 64 * 1024 * 1024;
/** An order that has just ended is owed its last mail for a moment. */
const momentMs = 60_000;
const looksAgain = 20;
const dayMs = 24 * 60 * 60_000;

const ids = z.array(z.uuid()).min(1).max(1_000);

const input = z.strictObject({
  /** Of these orders at once, however young they are. */
  orders: ids.optional(),
  /** Of these accounts, if they were closed or refused. */
  accounts: ids.optional(),
});

type Phase = 'ask' | 'asked' | 'term' | 'again' | 'unordered' | 'needed' | 'photos' | 'images' | 'accounts' | 'old' | 'work' | 'file';

/** How far a run has come. */
export interface Kept {
  readonly phase: Phase;
  /** Ids of orders. */
  readonly wanted: readonly string[];
  /** Left out by a release that knew of none, as are the other two. */
  readonly wantedAccounts?: readonly string[];
  /** Those before have been seen: streams, or keys of effects. */
  readonly after: string;
  /** Milliseconds since 1970: of orders placed before, it is known which photos they need. */
  readonly needed: number;
  readonly looks: number;
  readonly erased: number;
  readonly waiting: number;
  readonly photos: number;
  readonly accounts?: number;
  readonly accountsWaiting?: number;
  /** Some of the waiting ones ended a moment ago. */
  readonly soon: boolean;
  readonly dropped: Readonly<Record<string, number>>;
}

/**
 * Deletes what is past its term. Who placed an order is erased so many days after its end, and sooner where somebody asks for it, with the photos
 * that no other order needs; a photo that nobody has ordered so many days after its upload; whose an account was likewise, after it was closed or
 * refused; whatever was kept to do the work after a month. Streams stay as they are: of an erased order they tell what happened, and nothing of the
 * person.
 * @param days RETENTION_DAYS
 */
export const retention = (days: number, objects: Objects): Job<z.output<typeof input>, Kept> => ({
  name: 'retention',
  description: 'Erases personal data that is past its term, and deletes what the shop kept for its work and needs no more.',
  input,
  schedule: '0 4 * * *',
  overlap: 'skip',
  missed: 'once',
  singleton: true,
  stoppingWaitSeconds: 10,

  start: ({ orders = [], accounts = [] }) => ({
    phase: 'ask',
    wanted: orders,
    wantedAccounts: accounts,
    after: 'order:',
    needed: 0,
    looks: 0,
    erased: 0,
    waiting: 0,
    photos: 0,
    soon: false,
    dropped: {},
  }),

  async step(tx, was, run) {
    const to = (phase: Phase, more: Partial<Kept> = {}) => ({
      next: { ...was, after: 'order:', ...more, phase },
      progress: {
        ask: 0,
        asked: 5,
        term: 10,
        again: 30,
        unordered: 40,
        needed: 45,
        photos: 50,
        images: 55,
        accounts: 58,
        old: 60,
        work: 65,
        file: 95,
      }[phase],
    });
    switch (was.phase) {
      case 'ask':
        if (isNamed(was)) await ask(tx, was, run);
        return to('asked');
      case 'asked':
      case 'term':
        return eraseNext(tx, was, run, days, to);
      case 'again':
        if (!was.soon || was.looks === looksAgain) {
          if (was.waiting > 0) run.log('info', `${was.waiting} orders whose time has come are under way, or still owed something.`);
          return isNamed(was) ? to('needed', { needed: Date.now() }) : to('unordered', { after: 'photo:' });
        }
        await sleep(500, undefined, { signal: run.signal });
        return to('asked', { looks: was.looks + 1, waiting: 0, soon: false });
      case 'unordered': {
        const after = await loosenOld(tx, was.after, days);
        return after ? to('unordered', { after }) : to('needed', { needed: Date.now() });
      }
      case 'needed': {
        const after = await keepNeeded(tx, was.after);
        return after ? to('needed', { after }) : to('photos', { after: 'photo:' });
      }
      case 'photos': {
        // An order may have come since, with an old photo.
        const needed = Date.now();
        for (let after: string | undefined = placedBefore(was.needed); after;) after = await keepNeeded(tx, after);
        const { last, erased } = await erasePhotos(tx, was.after);
        if (last) return to('photos', { after: last, needed, photos: was.photos + erased });
        if (was.photos > 0) run.log('info', `${was.photos} photos were erased.`);
        return to('images');
      }
      case 'images':
        if ((await deleteImages(tx, objects)) > 0) return to('images');
        return to('accounts', { after: 'account:' });
      case 'accounts': {
        const { last, erased, waiting } = await eraseAccounts(tx, was.after, isNamed(was) ? undefined : days);
        const accounts = (was.accounts ?? 0) + erased;
        const accountsWaiting = (was.accountsWaiting ?? 0) + waiting;
        if (last) return to('accounts', { after: last, accounts, accountsWaiting });
        if (accounts > 0) run.log('info', `${accounts} accounts were erased.`);
        if (accountsWaiting > 0) run.log('info', `${accountsWaiting} accounts whose time has come are still owed something.`);
        return to(isNamed(was) ? 'file' : 'old');
      }
      case 'old': {
        for (const [what, drop] of Object.entries(dropOld)) {
          const n = await drop(tx);
          if (n > 0) return to('old', { dropped: { ...was.dropped, [what]: (was.dropped[what] ?? 0) + n } });
        }
        return to('work', { after: 'account:' });
      }
      case 'work': {
        const done = await dropWork(tx, was.after);
        if (!done) return to('file');
        const streams = (was.dropped.streams ?? 0) + done.streams;
        return to('work', { after: done.after, dropped: streams > 0 ? { ...was.dropped, streams } : was.dropped });
      }
      case 'file': {
        const [row] = await tx.run<{ done: boolean }>('retention-rewrite', 'SELECT rewrite_personal($1) AS done', [mostRewritten]);
        if (!row!.done)
          run.log('info', 'The file of personal data is in use, or large: what was erased stays in it until it is written over.');
        return {
          result: {
            erased: was.erased,
            waiting: was.waiting,
            photos: was.photos,
            accounts: was.accounts ?? 0,
            accountsWaiting: was.accountsWaiting ?? 0,
            dropped: was.dropped,
            rewritten: row!.done,
          },
        };
      }
      default:
        return was.phase satisfies never;
    }
  },
});

/** Whoever takes an order gives it its id, and commits it within ten seconds; clocks of machines go differently. */
const placedBefore = (ms: number): string => `order:${firstIdAt(ms - momentMs)}`;

/** Such a run is about those alone of whom somebody has asked it. */
const isNamed = ({ wanted, wantedAccounts = [] }: Kept): boolean => wanted.length + wantedAccounts.length > 0;

/** Their time has come: as soon as they have ended, by whichever run. */
async function ask(tx: Pick<Tx, 'run'>, { wanted, wantedAccounts = [] }: Kept, run: Run): Promise<void> {
  const streams = [...wanted.map((id) => `order:${id}`), ...wantedAccounts.map((id) => `account:${id}`)];
  const known = await tx.run<{ stream: string }>(
    'personal-ask',
    'UPDATE personal SET delete_after = now() WHERE stream = ANY ($1) RETURNING stream',
    [streams],
  );
  const found = new Set(known.map(({ stream }) => stream));
  for (const stream of streams)
    if (!found.has(stream)) run.log('info', `${idOf(stream)} has no personal data, or there is no such ${kindOf(stream)}.`);
}

async function eraseNext(
  tx: Tx,
  was: Kept,
  run: Run,
  days: number,
  to: (phase: Phase, more?: Partial<Kept>) => { next: Kept; progress: number },
) {
  const asked = was.phase === 'asked';
  const page = asked
    ? await tx.run<{ stream: string }>(
        'retention-asked',
        'SELECT DISTINCT stream FROM personal WHERE delete_after <= now() AND stream > $1 ORDER BY stream LIMIT $2',
        [was.after, most],
      )
    : await tx.run<{ stream: string }>(
        'retention-term',
        // Whatever has ended so long ago was placed before: of what is younger nothing is read.
        'SELECT DISTINCT stream FROM personal WHERE stream > $1 AND stream < $2 ORDER BY stream LIMIT $3',
        [was.after, `order:${firstIdOf(days)}`, most],
      );
  if (page.length === 0) return asked && !isNamed(was) ? to('term') : to('again');
  const endedBefore = new Date(Date.now() - (asked ? 0 : days * dayMs)).toISOString();
  const streams = page.map(({ stream }) => stream);
  const { erased, waiting } = await eraseOrders(tx, streams, endedBefore);
  const soon = waiting.length > 0 && (was.soon || (await endedSince(tx, waiting, momentMs)));
  if (erased > 0) run.log('info', `${erased} orders were erased.`);
  return to(was.phase, { after: streams.at(-1)!, erased: was.erased + erased, waiting: was.waiting + waiting.length, soon });
}

async function endedSince(tx: Pick<Tx, 'run'>, streams: readonly string[], ms: number): Promise<boolean> {
  const rows = await tx.run(
    'retention-soon',
    `SELECT FROM unnest($1::text[]) AS w (stream)
     CROSS JOIN LATERAL (SELECT type, at FROM events WHERE stream = w.stream AND type = ANY ($3) LIMIT 1) e
     WHERE e.at > now() - $2 * interval '1 millisecond' LIMIT 1`,
    [streams, ms, ['OrderCompleted', 'OrderCancelled', 'OrderFailed']],
  );
  return rows.length > 0;
}
