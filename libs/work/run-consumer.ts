import { lanes, topicOf, type Bus, type Lane, type News, type Subscription } from '#libs/bus';
import {
  dueBookmarks,
  failBookmarks,
  insertEffects,
  isOutage,
  moveBookmarks,
  noteNews,
  takeBookmarks,
  type Database,
  type EffectRow,
  type EventStore,
  type Meta,
  type NewEffect,
  type NewEvent,
  type Recorded,
  type Tx,
} from '#libs/store';
import { apply, fold, UnknownEvent } from './aggregate.js';
import type { Consumer } from './consumer.js';
import { Duty } from './duty.js';
import { tryAgainInMs } from './patience.js';
import { tracedNews } from './traced-news.js';

/** Where the effects that a consumer asks for are performed: in the same process, if it has room. */
export interface EffectDesk {
  /** Names this process' claims. */
  readonly claim: string;
  readonly leaseMs: number;
  /** How many more effects of a kind this process could take on. */
  room(kind: string, lane: Lane): number;
  /** They are claimed and committed: perform them. `askedAt`: before the claim, by `performance.now()`; from then on it lasts. */
  take(rows: readonly EffectRow[], askedAt: number): void;
}

export interface ConsumerParts {
  readonly db: Database;
  readonly store: EventStore;
  readonly bus: Bus;
  readonly desk: EffectDesk;
  /** Its role's. */
  readonly duty?: Duty;
  /** Something has been put in the outbox of these lanes. */
  appended(lanes: ReadonlySet<Lane>): void;
  log(level: 'info' | 'warn' | 'error', message: string, details?: object): void;
}

/** A stream that is due for this consumer, as the batch goes on. */
interface Standing<S> {
  readonly stream: string;
  readonly expected: number;
  readonly seen: number;
  readonly meta: Meta;
  state: S;
  readonly decided: NewEvent[];
  readonly effects: NewEffect[];
  due?: string;
  /** `need` has taken something for it: it can leave the batch only by a roll-back of all. */
  bound: boolean;
}

/** The batch was rolled back because of these. What went wrong with each; a conflict (another was faster to append) is nobody's fault. */
class Culprits extends Error {
  constructor(readonly why: ReadonlyMap<string, Error | 'conflict'>) {
    super('rolled back');
  }
}

type AnyConsumer = Consumer<any, any, any, any>;

/**
 * One transaction for what arrived while the last one was away: lock bookmarks, load and fold the streams, let each react, append what
 * was decided, insert effects, move bookmarks. Then, and only then, the bus takes the news as handled. If the process dies before the commit,
 * nothing has happened and the news come again; after it, they come again and the bookmarks say that nothing is left to do.
 */
export class ConsumerRunner {
  private subscriptions: Subscription[] = [];
  private waking?: NodeJS.Timeout;
  private woken: Promise<void> = Promise.resolve();
  private stopped = false;
  private readonly duty: Duty;

  constructor(
    private readonly consumer: AnyConsumer,
    private readonly parts: ConsumerParts,
  ) {
    this.duty = parts.duty ?? new Duty(consumer.name);
    this.duty.consumer(consumer.name);
  }

  start(): void {
    const { bus } = this.parts;
    const { about, name } = this.consumer;
    // A subscription for each lane, so that none waits behind another's backlog.
    this.subscriptions = lanes.map((lane) => bus.subscribe(name, topicOf(about.topic, lane), (news) => this.hear(news)));
    this.wake();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.waking);
    await Promise.all([this.woken, ...this.subscriptions.map((one) => one.close())]);
  }

  /** @throws if the database is away: the news come again. A stream's own failure is noted on its bookmark and throws nothing. */
  async hear(news: readonly News[]): Promise<void> {
    const heads = new Map<string, number>();
    for (const { stream, version, type } of news) {
      if (this.consumer.on.includes(type)) heads.set(stream, Math.max(version, heads.get(stream) ?? 0));
    }
    // The subscription stays: whoever publishes on a bus without a log waits for us. What is noted is due, and found when the rest is over.
    if (this.duty.rests) return noteNews(this.parts.db, this.consumer.name, heads);
    await tracedNews(
      this.consumer.name,
      news.filter(({ type }) => this.consumer.on.includes(type)),
      () => this.handleAll(heads),
    );
  }

  /** Handles these streams, all in one transaction if it can be; what stands in its way goes alone or fails alone. */
  private async handleAll(heads: ReadonlyMap<string, number>): Promise<void> {
    if (heads.size === 0) return;
    try {
      const overtaken = await this.tryTogether(heads);
      await this.handleAll(new Map([...heads].filter(([stream]) => overtaken.has(stream))));
    } catch (error) {
      if (isOutage(error)) throw error;
      if (error instanceof Culprits) {
        await this.handleAll(without(heads, error.why));
        for (const [stream, why] of error.why) {
          const alone = new Map([[stream, heads.get(stream) ?? 0]]);
          if (why === 'conflict') await this.handleAll(alone);
          else await this.fail(alone, why);
        }
      } else if (heads.size === 1) {
        await this.fail(heads, error as Error);
      } else {
        for (const half of halves(heads)) await this.handleAll(half);
      }
    }
  }

  /** @returns the streams that another was faster to append to: nothing of theirs is written, and they have to go again */
  private async tryTogether(heads: ReadonlyMap<string, number>): Promise<ReadonlySet<string>> {
    const { db, desk, appended } = this.parts;
    const mine: EffectRow[] = [];
    const touched = new Set<Lane>();
    let overtaken: ReadonlySet<string> = new Set();
    const askedAt = performance.now();
    await db.transaction(async (tx) => {
      const all = await this.loadDue(tx, heads);
      await this.letReact(tx, all);
      overtaken = await this.appendDecided(tx, all);
      const due = all.filter(({ stream }) => !overtaken.has(stream));
      mine.push(
        ...(await insertEffects(
          tx,
          due.flatMap((one) => one.effects),
          desk.claim,
          desk.leaseMs,
        )),
      );
      await moveBookmarks(
        tx,
        this.consumer.name,
        due.map(({ stream, expected, decided, due }) => ({ stream, version: expected + decided.length, due })),
      );
      for (const one of due) if (one.decided.length) touched.add(one.meta.lane);
    });
    if (touched.size) appended(touched);
    if (mine.length) desk.take(mine, askedAt);
    this.duty.handled(this.consumer.name, heads.size - overtaken.size);
    return overtaken;
  }

  /** Locks the bookmarks and folds the streams that have something new behind them. */
  private async loadDue(tx: Tx, heads: ReadonlyMap<string, number>): Promise<Standing<unknown>[]> {
    const bookmarks = await takeBookmarks(tx, this.consumer.name, heads);
    const due = bookmarks.filter((mark) => !mark.waits && (mark.version < mark.head || mark.due));
    const events = await this.parts.store.load(
      tx,
      due.map(({ stream, head }) => ({ stream, after: 0, known: head })),
    );
    return mapOrBlame(
      due.filter(({ stream }) => events.has(stream)),
      ({ stream, version }) => standing(stream, fold(this.consumer.about, events.get(stream)!), events.get(stream)!, version),
    );
  }

  /** Lets each react, and react again to what its own commands have led to, until there is nothing left to say. */
  private async letReact(tx: Tx, due: readonly Standing<unknown>[]): Promise<void> {
    const { need, react, about, took } = this.consumer;
    const now = new Date().toISOString();
    const room = new Map<string, number>();
    for (let turn = due; turn.length > 0;) {
      const needed = need ? await need(tx, new Map(turn.map((one) => [one.stream, one.state]))) : undefined;
      turn = mapOrBlame(turn, (one) => {
        const before = one.decided.length;
        const answer: unknown = needed?.get(one.stream);
        one.bound ||= needed?.has(one.stream) === true && (took?.(answer) ?? true);
        for (const reaction of react(one.state, { stream: one.stream, now, need: answer, seen: one.seen })) {
          if ('command' in reaction) {
            const { events, state } = apply(about, one.state, reaction.command, now);
            one.decided.push(...events);
            one.state = state;
          } else if ('effect' in reaction) {
            // Asked for again after its own commands: once is enough.
            if (!one.effects.some(({ key }) => key === reaction.key)) one.effects.push(this.effect(reaction, one, room));
          } else {
            one.due = reaction.lookAgain;
          }
        }
        return one.decided.length > before ? one : undefined;
      });
    }
  }

  private effect(
    { effect: kind, key, input, stream }: { effect: string; key: string; input: unknown; stream?: string },
    one: Standing<unknown>,
    room: Map<string, number>,
  ): NewEffect {
    const { lane, traceparent } = one.meta;
    const left = room.get(kind + lane) ?? this.parts.desk.room(kind, lane);
    room.set(kind + lane, left - 1);
    return { key, kind, stream: stream ?? one.stream, lane, input, claimed: left > 0, traceparent };
  }

  private async appendDecided(tx: Tx, due: readonly Standing<unknown>[]): Promise<ReadonlySet<string>> {
    const at = new Date().toISOString();
    const writes = due
      .filter((one) => one.decided.length > 0)
      .map(({ stream, expected, decided, meta }) => ({ stream, expected, events: decided, meta, at }))
      .toSorted((a, b) => (a.stream < b.stream ? -1 : 1));
    const answers = await this.parts.store.append(tx, writes);
    const overtaken = new Set(writes.filter((_, n) => answers[n] === 'conflict').map(({ stream }) => stream));
    const bound = due.filter((one) => one.bound && overtaken.has(one.stream));
    if (bound.length) throw new Culprits(new Map(bound.map(({ stream }) => [stream, 'conflict'])));
    return overtaken;
  }

  private async fail(heads: ReadonlyMap<string, number>, error: Error): Promise<void> {
    const { db, log } = this.parts;
    await db.transaction(async (tx) => {
      const [mark] = await takeBookmarks(tx, this.consumer.name, heads);
      if (!mark || mark.waits) return;
      this.duty.failed(this.consumer.name);
      const counts = !(error instanceof UnknownEvent);
      const retryInMs = counts ? tryAgainInMs(mark.attempts + 1) : 60_000;
      await failBookmarks(tx, this.consumer.name, [{ stream: mark.stream, error: error.message, retryInMs, counts }]);
      log(retryInMs === null ? 'error' : 'warn', retryInMs === null ? 'dead letter' : 'handler failed', {
        consumer: this.consumer.name,
        stream: mark.stream,
        error,
      });
    });
  }

  /** Takes up what is due, a quarter of a second apart at least. */
  private wake(): void {
    this.waking = setTimeout(() => {
      this.woken = this.takeDue()
        .catch((error: unknown) => this.parts.log('warn', 'could not look for what is due', { consumer: this.consumer.name, error }))
        .then(() => void (this.stopped || this.wake()));
    }, 250);
  }

  private async takeDue(): Promise<void> {
    if (!this.duty.rests) await this.handleAll(await dueBookmarks(this.parts.db, this.consumer.name, 500));
  }
}

function standing<S>(stream: string, state: S, events: readonly Recorded[], seen: number): Standing<S> {
  return { stream, state, expected: events.length, seen, meta: events[0]!.meta, decided: [], effects: [], bound: false };
}

/** Maps, and drops what maps to nothing. @throws {Culprits} all whose `work` throws */
function mapOrBlame<T extends { stream: string }, R>(items: readonly T[], work: (item: T) => R | undefined): R[] {
  const failed = new Map<string, Error>();
  const results: R[] = [];
  for (const item of items) {
    try {
      const result = work(item);
      if (result !== undefined) results.push(result);
    } catch (error) {
      failed.set(item.stream, error instanceof Error ? error : new Error(String(error)));
    }
  }
  if (failed.size) throw new Culprits(failed);
  return results;
}

const without = (heads: ReadonlyMap<string, number>, some: ReadonlyMap<string, unknown>) =>
  new Map([...heads].filter(([stream]) => !some.has(stream)));

function halves(heads: ReadonlyMap<string, number>): [Map<string, number>, Map<string, number>] {
  const all = [...heads];
  const middle = Math.ceil(all.length / 2);
  return [new Map(all.slice(0, middle)), new Map(all.slice(middle))];
}
