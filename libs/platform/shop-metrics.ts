import type { Metrics } from '#libs/host';
import { readFigures, type Database, type Figures } from '#libs/store';
import { Counter, Gauge } from 'prom-client';
import type { Duties } from './duties.js';
import type { Lags } from './lags.js';

/** The database is asked each five seconds at most, however many scrape. */
const freshMs = 5_000;
/** A scrape does not wait longer for it, nor for the broker. */
const patienceMs = 2_000;

/** What the roles of this process do, and how the whole shop is, as any of its processes sees it. Counted in passing, added up at a scrape. */
export function measureShop(metrics: Metrics, { db, lags, duties }: { db: Database; lags: Lags; duties: Duties }): void {
  const registers = [metrics.registry];
  const counter = (name: string, help: string, labelNames: string[]) =>
    new Counter({ name: `backroom_${name}`, help, labelNames, registers });
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name: `backroom_${name}`, help, labelNames, registers });

  measureDuties(metrics, duties);
  const handled = counter('consumer_handled_total', 'Streams whose news a consumer has handled.', ['role', 'consumer']);
  const failures = counter('consumer_failures_total', 'Times that a consumer has failed at a stream.', ['role', 'consumer']);
  const attempts = counter('effect_attempts_total', 'Attempts at what leaves the house, by how they ended.', ['role', 'kind', 'outcome']);
  const retries = counter('effect_retries_total', 'Attempts that were not the first.', ['role', 'kind']);
  metrics.onScrape(async () => {
    for (const one of [handled, failures, attempts, retries]) one.reset();
    for (const { role, consumers, effects } of duties.all()) {
      for (const [consumer, counts] of consumers) {
        handled.inc({ role, consumer }, counts.handled);
        failures.inc({ role, consumer }, counts.failed);
      }
      for (const [kind, { retries: again, ...outcomes }] of effects) {
        retries.inc({ role, kind }, again);
        for (const [outcome, count] of Object.entries(outcomes)) attempts.inc({ role, kind, outcome }, count);
      }
    }
  });

  const lagNews = gauge('consumer_lag', 'News that a consumer group has not handled yet.', ['group']);
  const lagSeconds = gauge('consumer_lag_seconds', 'Age of the oldest of them.', ['group']);
  const brokerUp = gauge('broker_up', '1 where the broker answers.');
  metrics.onScrape(async () => {
    const found = await inTime(lags.check());
    lagNews.reset();
    lagSeconds.reset();
    brokerUp.set(Number(found !== undefined));
    const groups = (found?.groups ?? {}) as Record<string, { messages: number; oldestSeconds: number }>;
    for (const [group, { messages, oldestSeconds }] of Object.entries(groups)) {
      lagNews.set({ group }, messages);
      lagSeconds.set({ group }, oldestSeconds);
    }
  });

  const databaseUp = gauge('database_up', '1 where the database answers. Where not, what is read from it is left out.');
  const outbox = gauge('outbox_news', 'News that wait to be published.', []);
  const outboxAge = gauge('outbox_age_seconds', 'Age of the oldest of them, without those whose stream is parked.');
  const parked = gauge('parked_streams', 'Streams whose news the broker will never take.');
  const effects = gauge('effects', 'Effects that have not ended, or were given up.', ['kind', 'state']);
  const retrying = gauge('streams_retrying', 'Streams that a consumer has failed at and will try again.', ['consumer']);
  const dead = gauge('dead_letters', 'Bookmarks and effects that were given up.', ['consumer']);
  let last: { readonly at: number; readonly figures: Promise<Figures> } | undefined;
  metrics.onScrape(async () => {
    if (!last || performance.now() - last.at > freshMs) last = { at: performance.now(), figures: readFigures(db) };
    const found = await inTime(last.figures);
    databaseUp.set(Number(found !== undefined));
    // A gauge without labels would show 0 after a reset, which would be a lie.
    for (const one of [effects, retrying, dead]) one.reset();
    for (const one of [outbox, outboxAge, parked]) one.remove();
    if (!found) return;
    outbox.set(found.outbox.count);
    outboxAge.set(found.outbox.oldestSeconds);
    parked.set(found.outbox.parked);
    for (const { kind, state, count } of found.effects) effects.set({ kind, state }, count);
    for (const { consumer, count } of found.retrying) retrying.set({ consumer }, count);
    for (const { consumer, count } of found.dead) dead.set({ consumer }, count);
  });
}

/** Which roles of this process rest, and why. */
export function measureDuties(metrics: Metrics, duties: Duties): void {
  const gauge = (name: string, help: string) =>
    new Gauge({ name: `backroom_${name}`, help, labelNames: ['role'], registers: [metrics.registry] });
  const paused = gauge('role_paused', '1 while an operator has paused the role.');
  const frozen = gauge('role_frozen', '1 where the role is frozen: by FREEZE, or because it died too often before it was ready.');
  metrics.onScrape(async () => {
    for (const duty of duties.all()) {
      paused.set({ role: duty.role }, Number(duty.paused));
      frozen.set({ role: duty.role }, Number(duty.frozen));
    }
  });
}

/** `undefined` where there is no answer. */
async function inTime<T>(answer: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((over) => (timer = setTimeout(() => over(undefined), patienceMs)));
  try {
    return await Promise.race([answer.catch(() => undefined), late]);
  } finally {
    clearTimeout(timer);
  }
}
