import type { Stored } from '#libs/decider';
import { orderView, readOrderEvent, viewFold, type OrderView } from '#libs/order';
import { idOf, postgresEventStore, type Database, type EventStore, type Recorded } from '#libs/store';
import { asToday, orders } from '#libs/work';
import { rebuildJob } from './rebuild.js';

type Fact = Stored & Pick<Recorded, 'version' | 'at'>;

const next = (view: OrderView, recorded: Fact): OrderView => {
  const event = readOrderEvent(recorded);
  // An event of a later build raises the version and changes nothing that this build could show.
  return event ? orderView.evolve(view, event, recorded.at) : { ...view, version: recorded.version, updatedAt: recorded.at };
};

/** What a stream's events fold to, as it lies in the database: without what is undefined. */
export const pictureOf = (facts: readonly Fact[]): unknown => JSON.parse(JSON.stringify(facts.reduce(next, orderView.initial)));

type Pictures = ReadonlyMap<string, OrderView>;

/** The picture of each of these orders: the projection's row, caught up with the events above its version, so that nobody ever reads the past. */
export async function viewsOf(db: Pick<Database, 'run'>, streams: readonly string[]): Promise<Pictures> {
  const kept = await rowsOf(db, streams);
  const wanted = streams.map((stream) => ({ stream, after: kept.get(stream)?.version ?? 0 }));
  return caughtUp(kept, await postgresEventStore.load(db, wanted), streams);
}

/**
 * The projection: brings the rows of these orders up to the versions known of their streams. In any order and as often as one likes: a row never
 * goes back.
 */
export async function project(db: Pick<Database, 'run'>, store: EventStore, heads: ReadonlyMap<string, number>): Promise<void> {
  const streams = [...heads.keys()];
  const kept = await rowsOf(db, streams);
  const wanted = [...heads].map(([stream, known]) => ({ stream, after: kept.get(stream)?.version ?? 0, known }));
  const events = await store.load(db, wanted);
  // What this build does not know is left to the one that does: a row stops short of it.
  const known = new Map([...events].map(([stream, some]) => [stream, upTo(some, (one) => !readOrderEvent(one))]));
  const views = [...caughtUp(kept, known, streams)].toSorted(([a], [b]) => (a < b ? -1 : 1));
  if (views.length === 0) return;
  await db.run(
    'status-write',
    `WITH wrote AS (
     INSERT INTO order_status (id, version, status, view, fold)
     SELECT t.*, $5 FROM unnest($1::uuid[], $2::int[], $3::text[], $4::json[]) AS t (id, version, status, view)
     ON CONFLICT (id) DO UPDATE SET version = excluded.version, status = excluded.status, view = excluded.view, fold = excluded.fold
       WHERE order_status.fold < excluded.fold OR order_status.fold = excluded.fold AND order_status.version < excluded.version RETURNING id)
     INSERT INTO order_status_touched (id) SELECT id FROM wrote
     WHERE EXISTS (SELECT FROM runs WHERE job = '${rebuildJob}' AND ended_at IS NULL AND started_at IS NOT NULL)`,
    [
      views.map(([stream]) => idOf(stream)),
      views.map(([, view]) => view.version),
      views.map(([, view]) => view.status),
      views.map(([, view]) => JSON.stringify(view)),
      viewFold,
    ],
  );
}

/** A row that another fold has made counts as none: it is folded anew. */
async function rowsOf(db: Pick<Database, 'run'>, streams: readonly string[]): Promise<Pictures> {
  const rows = await db.run<{ id: string; view: OrderView }>(
    'status-read',
    'SELECT id, view FROM order_status WHERE id = ANY ($1::uuid[]) AND fold = $2',
    [streams.map(idOf), viewFold],
  );
  return new Map(rows.map(({ id, view }) => [`order:${id}`, view]));
}

function caughtUp(kept: Pictures, events: ReadonlyMap<string, readonly Recorded[]>, streams: readonly string[]): Pictures {
  const views = streams.map((stream) => [stream, (events.get(stream) ?? []).reduce(next, kept.get(stream) ?? orderView.initial)] as const);
  return new Map(views.filter(([, view]) => view.version > 0));
}

function upTo<T>(items: readonly T[], end: (item: T) => boolean): readonly T[] {
  const at = items.findIndex(end);
  return at < 0 ? items : items.slice(0, at);
}

/** An order's public events, each with the picture after it. */
export async function historyOf(db: Database, stream: string, after: number): Promise<{ event: Recorded; view: OrderView }[]> {
  const events = (await postgresEventStore.load(db, [{ stream, after: 0 }])).get(stream) ?? [];
  let view = orderView.initial;
  return events
    .map((event) => ({ event: asToday(orders, event), view: (view = next(view, event)) }))
    .filter(({ event }) => event.version > after);
}
