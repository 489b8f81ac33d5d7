import { lanes, pauseMs, type Lane } from '#libs/bus';
import {
  claimEffects,
  endEffects,
  holdEffects,
  type Database,
  type EffectEnd,
  type EffectRow,
  type EventStore,
  type NewEvent,
  type Tx,
  type Write,
} from '#libs/store';
import { randomUUID } from 'node:crypto';
import { fold, take, type Aggregate } from './aggregate.js';
import { batcher } from './batcher.js';
import { why, type Effect, type Outcome, type Settled } from './effect.js';
import { keyOf } from './find-last.js';
import { isOutage } from './outage.js';
import type { EffectDesk } from './run-consumer.js';

export interface EffectParts {
  readonly db: Database;
  readonly store: EventStore;
  /** Something has been put in the outbox of these lanes: wake the relay. */
  appended(lanes: ReadonlySet<Lane>): void;
  log(level: 'info' | 'warn' | 'error', message: string, details?: object): void;
  /** How long a claim lasts without a sign of life, in milliseconds. */
  readonly leaseMs?: number;
}

/** An effect, and the kind of stream its outcomes go to. */
export interface Performed {
  readonly effect: Effect<any, any, any>;
  readonly about: Aggregate<any, any, any>;
}

interface Held {
  readonly row: EffectRow;
  readonly stop: AbortController;
  /** By this process' own clock: past it the claim may be another's. */
  until: number;
  suspect: boolean;
}

interface Done {
  readonly row: EffectRow;
  readonly outcome: Outcome<unknown>;
}

/** How many are claimed ahead, as a multiple of those performed at once: more would be work that an idle instance could do. */
const ahead = 4;

/**
 * Claims effects, performs them outside any transaction, settles them. If the process dies before the claim is committed, nothing has
 * happened; after it, the claim runs out, and whoever takes it over asks the other side first what became of the key. A claim is kept alive
 * for as long as this process turns; one that was lost (frozen too long) has its outcome thrown away with all its consequences.
 */
export class EffectRunner implements EffectDesk {
  readonly claim = randomUUID();
  readonly leaseMs: number;
  private readonly kinds: ReadonlyMap<string, Performed>;
  private readonly held = new Map<string, Held>();
  private readonly queues = new Map<string, Held[]>();
  private readonly running = new Map<string, number>();
  private readonly performing = new Set<Promise<void>>();
  private readonly settle = batcher<Done, void>((done) => this.settleAll(done), { most: 500, atOnce: 2 });
  private timers: NodeJS.Timeout[] = [];
  private turns: Promise<void>[] = [];
  private stopped = false;

  constructor(
    performed: readonly Performed[],
    private readonly parts: EffectParts,
  ) {
    this.leaseMs = parts.leaseMs ?? 15_000;
    this.kinds = new Map(performed.map((one) => [one.effect.name, one]));
  }

  start(): void {
    this.every(250, () => this.look());
    this.every(this.leaseMs / 3, () => this.hold());
  }

  /** Lets what is being performed come to its end, and leaves what has not begun to others. */
  async stop(withinMs: number): Promise<void> {
    this.stopped = true;
    this.timers.forEach(clearTimeout);
    for (const queue of this.queues.values()) for (const one of queue.splice(0)) this.held.delete(one.row.key);
    const limit = setTimeout(() => this.held.forEach((one) => one.stop.abort()), withinMs);
    await Promise.all([...this.turns, ...this.performing]);
    clearTimeout(limit);
  }

  room(kind: string, lane: Lane): number {
    const known = this.kinds.get(kind);
    if (!known || this.stopped) return 0;
    const mine = [...this.held.values()].filter(({ row }) => row.kind === kind);
    if (mine.some((one) => one.suspect)) return 0;
    return known.effect.concurrency * ahead - mine.filter(({ row }) => row.lane === lane).length;
  }

  take(rows: readonly EffectRow[], suspect = false): void {
    for (const row of rows) {
      const held: Held = { row, stop: new AbortController(), until: performance.now() + this.leaseMs, suspect };
      this.held.set(row.key, held);
      this.queueOf(row).push(held);
    }
    for (const name of new Set(rows.map(slot))) this.pump(name);
  }

  private queueOf(row: EffectRow): Held[] {
    const queue = this.queues.get(slot(row)) ?? [];
    this.queues.set(slot(row), queue);
    return queue;
  }

  private pump(name: string): void {
    const queue = this.queues.get(name) ?? [];
    while (queue.length > 0) {
      const { effect } = this.kinds.get(queue[0]!.row.kind)!;
      const running = this.running.get(name) ?? 0;
      if (running >= effect.concurrency) return;
      const held = queue.shift()!;
      // Lost while it waited, or this process was frozen for longer than its lease: it is another's now.
      if (this.held.get(held.row.key) !== held || performance.now() > held.until) continue;
      this.running.set(name, running + 1);
      const turn: Promise<void> = this.perform(held).finally(() => {
        this.performing.delete(turn);
        this.running.set(name, this.running.get(name)! - 1);
        if (this.held.get(held.row.key) === held) this.held.delete(held.row.key);
        this.pump(name);
      });
      this.performing.add(turn);
    }
  }

  private async perform(held: Held): Promise<void> {
    const { effect } = this.kinds.get(held.row.kind)!;
    const outcome = await this.attempt(effect, held);
    if (held.stop.signal.aborted && this.held.get(held.row.key) !== held) return;
    for (let failures = 1; ; failures++) {
      try {
        return await this.settle({ row: held.row, outcome });
      } catch (error) {
        // What is not settled stays claimed until the lease runs out; then it is looked up. Trying again saves the wait.
        this.parts.log('warn', 'could not settle', { effect: held.row.key, error });
        if (!isOutage(error) || performance.now() > held.until) return;
        await new Promise((next) => setTimeout(next, pauseMs({ firstMs: 100, maxMs: 2_000 }, failures)));
      }
    }
  }

  private async attempt(effect: Effect<unknown, unknown, unknown>, held: Held): Promise<Outcome<unknown>> {
    const { row } = held;
    // It was claimed more often than it may be tried: whoever claimed it did not live to say so.
    if (row.attempts > effect.attempts) return { ambiguous: 'Each attempt ended without a word.' };
    const key = keyOf(row.key, row.round);
    const signal = AbortSignal.any([held.stop.signal, AbortSignal.timeout(effect.timeoutMs)]);
    try {
      if (row.unknown && effect.lookup) {
        const found = await withinSignal(effect.lookup(row.input, key, signal), signal);
        if (found !== 'absent') return found;
      }
      return await withinSignal(effect.perform(row.input, key, signal), signal);
    } catch (error) {
      return { ambiguous: error instanceof Error ? error.message : String(error) };
    }
  }

  /** One transaction for all outcomes that waited: append what they lead to, close the rows; a lost claim takes its append back. */
  private async settleAll(done: readonly Done[]): Promise<void> {
    try {
      for (let left = done; left.length > 0;) {
        const lost = await this.settleOnce(left);
        if (lost.size === 0) return;
        left = left.filter(({ row }) => !lost.has(row.key));
      }
    } catch (error) {
      if (isOutage(error)) throw error;
      if (done.length === 1) return this.putOff(done[0]!.row, error as Error);
      // One stream that cannot be folded must not hold up the others.
      const middle = Math.ceil(done.length / 2);
      await this.settleAll(done.slice(0, middle));
      await this.settleAll(done.slice(middle));
    }
  }

  /** Its stream cannot take the outcome now, an event of a later build stands in it, say. Asked for again in a minute, of the other side. */
  private async putOff({ key }: EffectRow, error: Error): Promise<void> {
    this.parts.log('error', 'could not settle', { effect: key, error });
    const end: EffectEnd = { key, state: 'open', error: error.message, retryInMs: 60_000, newRound: false, unknown: true };
    await this.parts.db.transaction((tx) => endEffects(tx, [end], this.claim));
  }

  /** @returns the keys that stood in the way and must be left out (claims lost); empty if it is committed */
  private async settleOnce(done: readonly Done[]): Promise<ReadonlySet<string>> {
    const { db, store, appended } = this.parts;
    const touched = new Set<Lane>();
    for (;;) {
      try {
        await db.transaction(async (tx) => {
          const events = await store.load(
            tx,
            [...new Set(done.map(({ row }) => row.stream))].map((stream) => ({ stream, after: 0 })),
          );
          const writes: Write[] = [];
          const ends: EffectEnd[] = [];
          const at = new Date().toISOString();
          for (const [stream, ofStream] of byStream(done)) {
            const recorded = events.get(stream) ?? [];
            const { about } = this.kinds.get(ofStream[0]!.row.kind)!;
            const decided: NewEvent[] = [];
            let state = fold(about, recorded);
            for (const { row, outcome } of ofStream) {
              const { end, command } = this.judge(row, outcome);
              ends.push(end);
              if (command === undefined) continue;
              const taken = take(about, state, command, at);
              decided.push(...taken.events);
              state = taken.state;
            }
            if (decided.length === 0) continue;
            writes.push({ stream, expected: recorded.length, events: decided, meta: recorded[0]!.meta, at });
            touched.add(recorded[0]!.meta.lane);
          }
          writes.sort((a, b) => (a.stream < b.stream ? -1 : 1));
          if ((await store.append(tx, writes)).includes('conflict')) throw new Conflict();
          await this.close(tx, done, ends);
          const mine = new Set(await endEffects(tx, ends, this.claim));
          const lost = ends.filter(({ key }) => !mine.has(key)).map(({ key }) => key);
          if (lost.length) throw new Lost(new Set(lost));
        });
        if (touched.size) appended(touched);
        return new Set();
      } catch (error) {
        if (error instanceof Lost) return error.keys;
        if (!(error instanceof Conflict)) throw error;
      }
    }
  }

  private async close(tx: Tx, done: readonly Done[], ends: readonly EffectEnd[]): Promise<void> {
    const ended = new Set(ends.filter(({ state }) => state !== 'open').map(({ key }) => key));
    for (const [kind, { effect }] of this.kinds) {
      const inputs = done.filter(({ row }) => row.kind === kind && ended.has(row.key)).map(({ row }) => row.input);
      if (inputs.length && effect.close) await effect.close(tx, inputs);
    }
  }

  private judge(row: EffectRow, outcome: Outcome<unknown>): { end: EffectEnd; command?: unknown } {
    const { effect } = this.kinds.get(row.kind)!;
    const final = 'done' in outcome || 'refused' in outcome;
    const givenUp = !final && row.attempts >= effect.attempts;
    const settled = { ...outcome, attempt: row.attempts, givenUp } as Settled<unknown>;
    const { command, dead } = effect.settle(row.input, settled);
    const retryInMs =
      ('retryAfterMs' in outcome ? outcome.retryAfterMs : undefined) ?? pauseMs({ firstMs: 500, maxMs: 300_000 }, row.attempts);
    return {
      command,
      end: {
        key: row.key,
        state: dead ? 'dead' : final || givenUp ? 'done' : 'open',
        error: 'done' in outcome ? null : why(outcome),
        retryInMs: final || givenUp ? null : retryInMs,
        newRound: 'failed' in outcome,
        unknown: 'ambiguous' in outcome,
      },
    };
  }

  /** Takes up what is due and what others have let run out, as far as there is room. */
  private async look(): Promise<void> {
    for (const kind of this.kinds.keys()) {
      for (const lane of lanes) {
        const room = this.room(kind, lane);
        if (room <= 0) continue;
        this.take(await claimEffects(this.parts.db, { kind, lane, suspects: false }, this.claim, this.leaseMs, room));
        const idle = ![...this.held.values()].some(({ row }) => row.kind === kind);
        if (idle) this.take(await claimEffects(this.parts.db, { kind, lane, suspects: true }, this.claim, this.leaseMs, 1), true);
      }
    }
  }

  /** Renews the claims. What is not ours any more is stopped: another is at it. */
  private async hold(): Promise<void> {
    const now = performance.now();
    const kept = this.held.size ? new Set(await holdEffects(this.parts.db, [...this.held.keys()], this.claim, this.leaseMs)) : new Set();
    for (const [key, held] of this.held) {
      if (kept.has(key)) held.until = now + this.leaseMs;
      else if (performance.now() > held.until) {
        held.stop.abort();
        this.held.delete(key);
      }
    }
  }

  private every(ms: number, work: () => Promise<void>): void {
    const n = this.timers.length;
    const again = (): void => {
      this.timers[n] = setTimeout(() => {
        this.turns[n] = work()
          .catch((error: unknown) => this.parts.log('warn', 'the database did not answer', { error }))
          .then(() => void (this.stopped || again()));
      }, ms);
    };
    again();
  }
}

function byStream(done: readonly Done[]): Map<string, Done[]> {
  const groups = new Map<string, Done[]>();
  for (const one of done) groups.set(one.row.stream, [...(groups.get(one.row.stream) ?? []), one]);
  return groups;
}

class Conflict extends Error {}
class Lost extends Error {
  constructor(readonly keys: ReadonlySet<string>) {
    super('claims lost');
  }
}

const slot = (row: EffectRow): string => `${row.kind} ${row.lane}`;

/** A deadline does not stop a promise that ignores its signal; this stops waiting for it. */
function withinSignal<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const over = (): void => reject(new Error('No answer in time.'));
    signal.addEventListener('abort', over, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', over));
  });
}
