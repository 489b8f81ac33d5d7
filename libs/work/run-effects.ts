import { pauseMs } from '#libs/backoff';
import { lanes, type Lane } from '#libs/bus';
import { claimEffects, deferEffects, holdEffects, isOutage, releaseEffects, type EffectRow } from '#libs/store';
import { startSpan } from '#libs/trace';
import { randomUUID } from 'node:crypto';
import { nameOf } from './ask.js';
import { batcher } from './batcher.js';
import { Duty } from './duty.js';
import { keyOfRound, why, type NotNow, type Outcome, type Performed } from './effect.js';
import type { EffectDesk } from './run-consumer.js';
import { makeSettle, type Done, type SettleParts } from './settle.js';
import { withinSignal } from './within-signal.js';

export interface EffectParts extends SettleParts {
  /** Its role's. */
  readonly duty?: Duty;
  /** How long a claim lasts without a sign of life, in milliseconds. */
  readonly leaseMs?: number;
  /** How many outcomes are settled in one transaction at most. */
  readonly settleAtOnce?: number;
}

interface Held {
  readonly row: EffectRow;
  /** Aborted when its time is up, or its claim is lost. */
  readonly stop: AbortController;
  /** By this process' own clock: past it the claim may be another's. */
  until: number;
  readonly suspect: boolean;
}

/** How many are claimed ahead, as a multiple of those performed at once: more would be work that an idle instance could do. */
const ahead = 4;

/** Of imports a part: what is performed and settled at once holds up whoever overtakes it (`npm run bench -- import`). */
const atOnce = (concurrency: number, lane: Lane): number => (lane === 'bulk' ? Math.ceil(concurrency / 4) : concurrency);

/**
 * Claims effects, performs them outside any transaction, settles them. If the process dies before the claim is committed, nothing has
 * happened; after it, the claim runs out, and whoever takes it over asks the other side first what became of the key. A claim is kept alive
 * for as long as this process turns; one that was lost (frozen too long) has its outcome thrown away with all its consequences.
 */
export class EffectRunner implements EffectDesk {
  readonly claim = randomUUID();
  readonly leaseMs: number;
  private readonly kinds: ReadonlyMap<string, Performed>;
  private readonly duty: Duty;
  private readonly held = new Map<string, Held>();
  private readonly queues = new Map<string, Held[]>();
  private readonly running = new Map<string, number>();
  private readonly performing = new Set<Promise<void>>();
  private readonly settle: (done: Done) => Promise<void>;
  private readonly defer: (one: { key: string; forMs: number }) => Promise<void>;
  private timers: NodeJS.Timeout[] = [];
  private turns: Promise<void>[] = [];
  private stopped = false;
  private looking?: Promise<void>;
  /** Of these the last look brought as much as there was room for, so there may be more. */
  private readonly more = new Set<string>();

  constructor(
    performed: readonly Performed[],
    private readonly parts: EffectParts,
  ) {
    this.leaseMs = parts.leaseMs ?? 15_000;
    this.kinds = new Map(performed.map((one) => [one.effect.name, one]));
    this.duty = parts.duty ?? new Duty('effects');
    for (const kind of this.kinds.keys()) this.duty.effect(kind);
    this.settle = batcher(makeSettle(this.kinds, parts, this.claim), { most: parts.settleAtOnce ?? 500, atOnce: 2 });
    this.defer = batcher((some) => deferEffects(parts.db, some, this.claim), { most: 500, atOnce: 1 });
  }

  start(): void {
    this.every(250, () => this.look());
    this.every(this.leaseMs / 3, () => this.hold());
  }

  /** Lets what is being performed come to its end, and gives back at once what has not begun. */
  async stop(withinMs: number): Promise<void> {
    this.stopped = true;
    this.timers.forEach(clearTimeout);
    const limit = setTimeout(() => this.held.forEach((one) => one.stop.abort()), withinMs);
    await Promise.all([...this.turns, this.looking?.catch(() => {})]);
    const waiting = [...this.queues.values()].flatMap((queue) => queue.splice(0)).map(({ row }) => row.key);
    for (const key of waiting) this.held.delete(key);
    const given = waiting.length ? releaseEffects(this.parts.db, waiting, this.claim) : Promise.resolve();
    // Unreleased, they are found when their claim runs out.
    await Promise.all([
      given.catch((error: unknown) => this.parts.log('warn', 'could not give claims back', { error })),
      ...this.performing,
    ]);
    clearTimeout(limit);
  }

  room(kind: string, lane: Lane): number {
    const known = this.kinds.get(kind);
    if (!known || this.stopped || this.duty.rests) return 0;
    const mine = [...this.held.values()].filter(({ row }) => row.kind === kind);
    if (mine.some((one) => one.suspect)) return 0;
    const left = atOnce(known.effect.concurrency, lane) * ahead - mine.filter(({ row }) => row.lane === lane).length;
    return Math.max(0, left);
  }

  take(rows: readonly (EffectRow & { readonly suspect?: boolean })[], askedAt: number): void {
    const until = askedAt + this.leaseMs;
    for (const row of rows) {
      // Its claim had run out, with this process too slow to renew it, and is this process' again: it is at it already.
      const mine = this.held.get(row.key);
      if (mine) {
        mine.until = until;
        continue;
      }
      const held: Held = { row, stop: new AbortController(), until, suspect: row.suspect ?? false };
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
    while (queue.length > 0 && !this.stopped) {
      const held = queue[0]!;
      const { effect } = this.kinds.get(held.row.kind)!;
      const running = this.running.get(name) ?? 0;
      if (running >= atOnce(effect.concurrency, held.row.lane)) return;
      const lost = this.held.get(held.row.key) !== held;
      // This process was frozen for longer than its lease: not before `hold` has asked whose it is now.
      if (!lost && performance.now() > held.until) return;
      queue.shift();
      if (lost) continue;
      this.running.set(name, running + 1);
      const turn: Promise<void> = this.perform(held).finally(() => {
        this.performing.delete(turn);
        this.running.set(name, this.running.get(name)! - 1);
        if (this.held.get(held.row.key) === held) this.held.delete(held.row.key);
        this.pump(name);
      });
      this.performing.add(turn);
    }
    // The next look by the clock may be a quarter of a second off.
    if (queue.length === 0 && !this.stopped && this.more.delete(name)) this.look().catch((error: unknown) => this.complain(error));
  }

  private async perform(held: Held): Promise<void> {
    const outcome = await traced(held.row, () => this.attempt(held));
    if (held.stop.signal.aborted && this.held.get(held.row.key) !== held) return;
    for (let failures = 1; ; failures++) {
      try {
        if ('notForMs' in outcome) return await this.defer({ key: held.row.key, forMs: outcome.notForMs });
        await this.settle({ row: held.row, outcome });
        return this.duty.performed(held.row.kind, outcome, held.row.attempts);
      } catch (error) {
        // What is not settled stays claimed until the lease runs out; then it is looked up. Trying again saves the wait.
        this.parts.log('warn', 'could not settle', { effect: held.row.key, error });
        if (!isOutage(error) || performance.now() > held.until) return;
        await new Promise((next) => setTimeout(next, pauseMs({ firstMs: 100, maxMs: 2_000 }, failures)));
      }
    }
  }

  private async attempt({ row, stop }: Held): Promise<Outcome<unknown> | NotNow> {
    const { effect } = this.kinds.get(row.kind)!;
    const key = keyOfRound(row.key, row.round);
    // No AbortSignal.timeout in an AbortSignal.any: Node 20 lets go of it at the next garbage collection, and it never fires.
    const timer = setTimeout(() => stop.abort(), effect.timeoutMs);
    try {
      if (row.unknown && effect.lookup) {
        const found = await withinSignal(effect.lookup(row.input, key, stop.signal), stop.signal);
        if (found !== 'absent') return found;
      }
      // It was claimed more often than it may be tried: whoever claimed it did not live to say so.
      if (row.attempts > effect.attempts) return { ambiguous: 'Each attempt ended without a word.' };
      return await withinSignal(effect.perform(row.input, key, stop.signal, row.attempts), stop.signal);
    } catch (error) {
      if (stop.signal.aborted) return { ambiguous: 'No answer in time.' };
      // Its message may hold a path or a name, and what is said of an outcome goes into the stream.
      this.parts.log('warn', 'an effect failed', { effect: row.key, error });
      return { ambiguous: nameOf(error) };
    } finally {
      clearTimeout(timer);
    }
  }

  private look(): Promise<void> {
    return (this.looking ??= this.claimMore().finally(() => (this.looking = undefined)));
  }

  /** Takes up what is due and what others have let run out, as far as there is room. */
  private async claimMore(): Promise<void> {
    const wanted = [...this.kinds.keys()].flatMap((kind) => lanes.map((lane) => ({ kind, lane, most: this.room(kind, lane) })));
    const some = wanted.filter(({ most }) => most > 0);
    if (some.length === 0) return;
    const busy = new Set([...this.held.values()].map(({ row }) => row.kind));
    const idle = [...this.kinds.keys()].filter((kind) => !busy.has(kind));
    const askedAt = performance.now();
    const rows = await claimEffects(this.parts.db, { wanted: some, idle }, this.claim, this.leaseMs);
    for (const { kind, lane, most } of some)
      if (rows.filter((row) => row.kind === kind && row.lane === lane).length === most) this.more.add(`${kind} ${lane}`);
    this.take(rows, askedAt);
  }

  /** Renews the claims. What is not ours any more is stopped: another is at it. */
  private async hold(): Promise<void> {
    if (this.held.size === 0) return;
    const now = performance.now();
    const kept = new Set(await holdEffects(this.parts.db, [...this.held.keys()], this.claim, this.leaseMs));
    for (const [key, held] of this.held) {
      if (kept.has(key)) held.until = now + this.leaseMs;
      else if (performance.now() > held.until) {
        held.stop.abort();
        this.held.delete(key);
      }
    }
    for (const name of this.queues.keys()) this.pump(name);
  }

  private complain(error: unknown): void {
    this.parts.log('warn', 'the database did not answer', { error });
  }

  private every(ms: number, work: () => Promise<void>): void {
    const n = this.timers.length;
    const again = (): void => {
      this.timers[n] = setTimeout(() => {
        this.turns[n] = work()
          .catch((error: unknown) => this.complain(error))
          .then(() => void (this.stopped || again()));
      }, ms);
    };
    again();
  }
}

/** A span an attempt, where its order belongs to a trace. */
async function traced(
  { kind, key, attempts, traceparent }: EffectRow,
  attempt: () => Promise<Outcome<unknown> | NotNow>,
): Promise<Outcome<unknown> | NotNow> {
  if (traceparent === null) return attempt();
  const span = startSpan(`perform ${kind}`, 'client', traceparent, { 'backroom.effect': key, 'backroom.attempt': attempts });
  const outcome = await attempt();
  span.end({}, 'done' in outcome || 'notForMs' in outcome ? undefined : why(outcome));
  return outcome;
}

const slot = (row: EffectRow): string => `${row.kind} ${row.lane}`;
