import type { Stored } from '#libs/decider';
import { orderView, readOrderEvent, viewFold, type OrderView } from '#libs/order';
import { idOf, type Tx } from '#libs/store';

/** The name of the job: while a run of it is open, the projection writes down which orders it changes. */
export const rebuildJob = 'rebuild-order-status';

/** Empties the second table. What was left of an earlier rebuild is nothing worth. */
export async function beginRebuild(tx: Tx): Promise<void> {
  await tx.run('rebuild-begin', 'SELECT begin_order_status()', []);
}

/**
 * Folds these orders from their beginnings and puts their pictures into the second table.
 * @returns those that cannot be folded, and why: they have no picture there, as they have none in the first
 */
export async function foldAnew(tx: Tx, streams: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const failed = new Map<string, string>();
  const views = new Map<string, OrderView>();
  for (const [stream, facts] of await factsOf(tx, streams)) {
    try {
      const view = fold(facts);
      if (view.version > 0) views.set(stream, view);
    } catch (error) {
      failed.set(stream, error instanceof Error ? error.message : String(error));
    }
  }
  const rows = [...views];
  await tx.run(
    'rebuild-write',
    `INSERT INTO order_status_next AS n (id, version, status, view, fold)
     SELECT t.*, $5 FROM ROWS FROM (unnest($1::uuid[]), unnest($2::int[]), unnest($3::text[]), json_array_elements($4)) AS t (id, version, status, view)
     ON CONFLICT (id) DO UPDATE SET version = excluded.version, status = excluded.status, view = excluded.view WHERE n.version < excluded.version`,
    [
      rows.map(([stream]) => idOf(stream)),
      rows.map(([, { version }]) => version),
      rows.map(([, { status }]) => status),
      // One text: an array of them has every quote escaped, which took as long as all the rest of the statement.
      JSON.stringify(rows.map(([, view]) => view)),
      viewFold,
    ],
  );
  return failed;
}

type Fact = readonly [fact: Stored, ms: number];

/** Of each stream its facts, by their versions. Read for their number: without what no picture needs. */
async function factsOf(tx: Tx, streams: readonly string[]): Promise<ReadonlyMap<string, readonly Fact[]>> {
  const rows = await tx.run<Omit<Stored, 'meta'> & Stored['meta'] & { stream: string; ms: number }>(
    'rebuild-load',
    `SELECT e.* FROM unnest($1::text[]) AS w (stream) CROSS JOIN LATERAL (
       SELECT stream, type, data, (meta ->> 'shape')::int AS shape, extract(epoch FROM at)::float8 * 1000 AS ms FROM events WHERE stream = w.stream ORDER BY version) e`,
    [streams],
  );
  const facts = new Map<string, Fact[]>(streams.map((stream) => [stream, []]));
  for (const { stream, type, data, shape, ms } of rows) facts.get(stream)!.push([{ type, data, meta: { shape } }, ms]);
  return facts;
}

/** As the projection does: what this build does not know is left to the one that does. */
function fold(facts: readonly Fact[]): OrderView {
  let view = orderView.initial;
  for (const [fact, ms] of facts) {
    const event = readOrderEvent(fact);
    if (!event) break;
    view = orderView.evolve(view, event, new Date(ms).toISOString());
  }
  return view;
}

/** The next orders that were changed while the rebuild was under way: each is told of as often as it was. */
export async function takeTouched(tx: Tx, most: number): Promise<readonly string[]> {
  const rows = await tx.run<{ id: string }>(
    'rebuild-touched',
    'DELETE FROM order_status_touched WHERE n = ANY (ARRAY (SELECT n FROM order_status_touched ORDER BY n LIMIT $1)) RETURNING id',
    [most],
  );
  return [...new Set(rows.map(({ id }) => `order:${id}`))].toSorted();
}

/** Until the transaction ends nobody reads or changes a picture. @throws within two seconds if others are at it for so long */
export async function holdPictures(tx: Tx): Promise<void> {
  await tx.run('rebuild-patience', `SELECT set_config('lock_timeout', '2s', true)`, []);
  await tx.run('rebuild-hold', 'LOCK TABLE order_status IN ACCESS EXCLUSIVE MODE', []);
}

/** From the commit on the second table is the first. */
export async function swapPictures(tx: Tx): Promise<void> {
  await tx.run('rebuild-swap', 'SELECT swap_order_status()', []);
}
