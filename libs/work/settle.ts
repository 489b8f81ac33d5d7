import { pauseMs } from '#libs/backoff';
import type { Lane } from '#libs/bus';
import {
  endEffects,
  isOutage,
  postponeEffect,
  type Database,
  type EffectEnd,
  type EffectRow,
  type EventStore,
  type Tx,
  type Write,
} from '#libs/store';
import { apply, fold } from './aggregate.js';
import { why, type Outcome, type Performed, type Settled } from './effect.js';

export interface SettleParts {
  readonly db: Database;
  readonly store: EventStore;
  /** Something has been put in the outbox of these lanes: wake the relay. */
  appended(lanes: ReadonlySet<Lane>): void;
  log(level: 'info' | 'warn' | 'error', message: string, details?: object): void;
}

export interface Done {
  readonly row: EffectRow;
  readonly outcome: Outcome<unknown>;
}

interface Judged {
  readonly row: EffectRow;
  readonly end: EffectEnd;
  readonly command?: unknown;
}

/** Between attempts, unless an effect has its own. What the other side asks for is kept within reason, too. */
const usual = { firstMs: 500, maxMs: 300_000 };

/** The claims on these are another's by now: nothing of the transaction stands. */
class Lost extends Error {
  constructor(readonly keys: ReadonlySet<string>) {
    super('claims lost');
  }
}

/**
 * Settles outcomes, all that waited in one transaction: append what they lead to, then close the rows. A claim that was lost takes its append
 * back. Whose stream another has appended to meanwhile goes again, and holds up no other. @throws if the database is away
 */
export function makeSettle(
  kinds: ReadonlyMap<string, Performed>,
  parts: SettleParts,
  claim: string,
): (done: readonly Done[]) => Promise<void> {
  const { db, store, appended, log } = parts;

  async function settle(done: readonly Done[]): Promise<void> {
    try {
      for (let left = done; left.length > 0;) left = await once(left);
    } catch (error) {
      if (isOutage(error)) throw error;
      if (done.length === 1) return putOff(done[0]!.row, error as Error);
      // One stream that cannot be folded must not hold up the others.
      const middle = Math.ceil(done.length / 2);
      await settle(done.slice(0, middle));
      await settle(done.slice(middle));
    }
  }

  /** @returns those that have to go again */
  async function once(done: readonly Done[]): Promise<readonly Done[]> {
    const touched = new Set<Lane>();
    const overtaken = new Set<string>();
    try {
      await db.transaction(async (tx) => {
        const { writes, judged } = await decide(tx, done);
        const answers = await store.append(tx, writes);
        writes.forEach(({ stream, meta }, n) => (answers[n] === 'conflict' ? overtaken.add(stream) : touched.add(meta.lane)));
        const standing = judged.filter(({ row }) => !overtaken.has(row.stream));
        await close(tx, standing);
        const ended = new Set(
          await endEffects(
            tx,
            standing.map(({ end }) => end),
            claim,
          ),
        );
        const lost = standing.filter(({ row }) => !ended.has(row.key)).map(({ row }) => row.key);
        if (lost.length) throw new Lost(new Set(lost));
      });
    } catch (error) {
      if (error instanceof Lost) return done.filter(({ row }) => !error.keys.has(row.key));
      throw error;
    }
    if (touched.size) appended(touched);
    return done.filter(({ row }) => overtaken.has(row.stream));
  }

  /** What the outcomes lead to, stream by stream; a later outcome of a stream knows of the earlier one. What leads to nothing needs no stream. */
  async function decide(tx: Tx, done: readonly Done[]): Promise<{ writes: Write[]; judged: Judged[] }> {
    const judged = done.map((one): Judged => ({ row: one.row, ...judge(one) }));
    const groups = byStream(judged.filter(({ command }) => command !== undefined));
    if (groups.size === 0) return { writes: [], judged };
    const events = await store.load(
      tx,
      [...groups.keys()].map((stream) => ({ stream, after: 0 })),
    );
    const at = new Date().toISOString();
    const writes = [...groups].flatMap(([stream, ofStream]): Write[] => {
      const recorded = events.get(stream) ?? [];
      const { about } = kinds.get(ofStream[0]!.row.kind)!;
      let state = fold(about, recorded);
      const decided = ofStream.flatMap(({ command }) => {
        const applied = apply(about, state, command, at);
        state = applied.state;
        return applied.events;
      });
      return decided.length ? [{ stream, expected: recorded.length, events: decided, meta: recorded[0]!.meta, at }] : [];
    });
    return { writes: writes.toSorted((a, b) => (a.stream < b.stream ? -1 : 1)), judged };
  }

  function judge({ row, outcome }: Done): { end: EffectEnd; command?: unknown } {
    const { effect } = kinds.get(row.kind)!;
    const final = 'done' in outcome || 'refused' in outcome;
    const givenUp = !final && row.attempts >= effect.attempts;
    const settled = { ...outcome, attempt: row.attempts, givenUp } as Settled<unknown>;
    const { command, dead } = effect.settle(row.input, settled);
    const { patience = usual } = effect;
    const asked = 'retryAfterMs' in outcome ? outcome.retryAfterMs : undefined;
    return {
      command,
      end: {
        key: row.key,
        state: dead ? 'dead' : final || givenUp ? 'done' : 'open',
        error: 'done' in outcome ? null : why(outcome),
        retryInMs:
          final || givenUp ? null : asked === undefined ? pauseMs(patience, row.attempts) : Math.min(patience.maxMs, Math.max(250, asked)),
        newRound: 'failed' in outcome,
        unknown: 'ambiguous' in outcome,
      },
    };
  }

  async function close(tx: Tx, judged: readonly Judged[]): Promise<void> {
    for (const [kind, { effect }] of kinds) {
      const inputs = judged.filter(({ row, end }) => row.kind === kind && end.state !== 'open').map(({ row }) => row.input);
      if (inputs.length && effect.close) await effect.close(tx, inputs);
    }
  }

  /** Its stream cannot take the outcome now, an event of a later build stands in it, say. Asked for again in a minute, of the other side. */
  async function putOff({ key }: EffectRow, error: Error): Promise<void> {
    log('error', 'could not settle', { effect: key, error });
    await postponeEffect(db, key, claim, error.message, 60_000);
  }

  return settle;
}

function byStream(judged: readonly Judged[]): Map<string, Judged[]> {
  const groups = new Map<string, Judged[]>();
  for (const one of judged) {
    const group = groups.get(one.row.stream);
    if (group) group.push(one);
    else groups.set(one.row.stream, [one]);
  }
  return groups;
}
