import { contradictionsIn, endTypes, gapIn, next, readOrderEvent, viewFold, type Order } from '#libs/order';
import { pictureOf } from '#libs/order-status';
import { idOf, kindOf, type Meta } from '#libs/store';
import { fold, orders, UnknownEvent } from '#libs/work';
import { isDeepStrictEqual } from 'node:util';
import type { Finding, FindingKind, Look } from './finding.js';
import { forgotten, triedTooLong, workLeft, type WorkLeft } from './work-left.js';

const most = 200;

/** A picture, or a card, is seen to within seconds; it is behind when that took longer than any backlog should. */
const slowMs = 15 * 60_000;

interface Row extends Record<string, unknown>, WorkLeft {
  readonly stream: string;
  readonly facts: readonly { version: number; type: string; data: unknown; meta: Meta; at: string }[];
  readonly picture: { version: number; view: unknown; fold: number } | null;
  readonly moved: Readonly<Record<string, number>> | null;
  readonly known: boolean;
  readonly card: boolean;
}

/**
 * All that is kept of an order, by one statement and so at one moment: what is written together is seen together, and a shop at work contradicts
 * itself no more than one at rest. What comes after an event (picture, effect, forgetting) is given its time.
 */
const statement = `
SELECT w.stream, ${workLeft(['fulfilment', 'payments'])},
  (SELECT json_agg(json_build_object('version', version, 'type', type, 'data', data, 'meta', meta, 'at', at) ORDER BY version) FROM events WHERE stream = w.stream) AS facts,
  (SELECT json_build_object('version', version, 'view', view, 'fold', fold) FROM order_status WHERE id = substr(w.stream, 7)::uuid) AS picture,
  (SELECT json_object_agg(sku, quantity) FROM (SELECT sku, sum(quantity) AS quantity FROM stock_movements WHERE stream = w.stream GROUP BY sku) m) AS moved,
  EXISTS (SELECT FROM personal WHERE stream = w.stream AND kind = 'customer') AS known,
  EXISTS (SELECT FROM vault WHERE stream = w.stream) AS card
FROM (SELECT stream FROM events WHERE version = 1 AND stream > $1 AND stream < 'order;' ORDER BY stream LIMIT ${most}) w`;

export const lookAtOrders: Look = async (tx, after) => {
  const rows = await tx.run<Row>('consistency-orders', statement, [after]);
  return {
    findings: rows.flatMap(judge),
    seen: rows.length,
    after: rows
      .map(({ stream }) => stream)
      .toSorted()
      .at(-1),
  };
};

/** Pure. */
export function judge(row: Row): Finding[] {
  const id = idOf(row.stream);
  const findings: Finding[] = [];
  const say = (kind: FindingKind, detail: string): void => void findings.push({ kind, id, detail });
  const facts = row.facts.map((fact) => ({ ...fact, at: new Date(fact.at).toISOString() }));
  const { version, at } = facts.at(-1)!;
  const ageMs = Date.parse(row.now) - Date.parse(at);

  for (const what of [gapIn(facts), ...contradictionsIn(facts)]) if (what) say('order-history', what);

  const { picture } = row;
  if (picture && picture.version > version)
    say('order-picture', `Its picture is of version ${picture.version}, its stream ends with ${version}.`);
  else if (picture && picture.fold === viewFold && !isDeepStrictEqual(picture.view, pictureOf(facts.slice(0, picture.version))))
    say('order-picture', `Its picture is not what its first ${picture.version} events come to.`);
  // What this build cannot read is shown by the one that can.
  else if ((picture?.version ?? 0) < readable(facts) && ageMs > slowMs)
    say(
      'picture-behind',
      picture ? `Its picture is of version ${picture.version}, its stream ends with ${version}.` : 'It has no picture.',
    );

  const state = stateOf(row.stream, facts);
  if (!state) return findings;
  for (const what of wrongStock(state, row.moved ?? {})) say('order-stock', what);
  if (!state.erased && !row.known) say('person-missing', 'Nobody knows who placed it, and it was not erased.');
  if (state.erased && row.known) say('person-not-erased', 'It was erased, and who placed it is still known.');
  if (row.card && (state.ended || state.steps.authorise !== 'open') && ageMs > slowMs)
    say('card-left', 'Its card is kept, and not needed any more.');
  if (facts.some(({ type }) => endTypes.includes(type))) for (const what of triedTooLong(row)) say('effect-left', what);
  if (next(state) && forgotten(row, at)) say('order-still', `Nothing has happened since ${at}, and nobody is at it.`);
  return findings;
}

function readable(facts: Row['facts']): number {
  const first = facts.findIndex((fact) => !readOrderEvent(fact));
  return first < 0 ? facts.at(-1)!.version : first;
}

/** `undefined`: an event of a later build stands in it. */
function stateOf(stream: string, facts: Row['facts']): Order | undefined {
  try {
    return fold(
      orders,
      facts.map((fact) => ({ ...fact, stream })),
    );
  } catch (error) {
    if (error instanceof UnknownEvent) return undefined;
    throw error;
  }
}

/** A movement is written with the fact that tells of it. */
function wrongStock({ lines, steps }: Order, moved: Readonly<Record<string, number>>): string[] {
  const wanted = new Map<string, number>(Object.keys(moved).map((sku) => [sku, 0]));
  for (const { sku, quantity } of lines) wanted.set(sku, (wanted.get(sku) ?? 0) + (steps.reserve === 'done' ? quantity : 0));
  return [...wanted].flatMap(([sku, quantity]) => {
    const gone = -(moved[sku] ?? 0);
    return gone === quantity ? [] : [`${gone} of ${sku} are gone, ${quantity} should be.`];
  });
}

/** Pictures without an order, and people without an order or an account. They are written after its first event, or with it. */
export const lookAtPictures: Look = async (tx, after) => {
  const rows = await tx.run<{ id: string; lost: boolean }>(
    'consistency-pictures',
    `SELECT p.id, NOT EXISTS (SELECT FROM events WHERE stream = 'order:' || p.id AND version = 1) AS lost
     FROM (SELECT id FROM order_status WHERE id > $1::uuid ORDER BY id LIMIT 2000) p ORDER BY p.id`,
    [after],
  );
  const lost = rows.filter((row) => row.lost);
  return {
    findings: lost.map(({ id }) => ({ kind: 'picture-without-order', id, detail: 'There is a picture, and no order.' })),
    seen: rows.length,
    after: rows.at(-1)?.id,
  };
};

export const lookAtPeople: Look = async (tx, after) => {
  const rows = await tx.run<{ stream: string; lost: boolean }>(
    'consistency-people',
    `SELECT p.stream, NOT EXISTS (SELECT FROM events WHERE stream = p.stream AND version = 1) AS lost
     FROM (SELECT DISTINCT stream FROM personal WHERE stream > $1 ORDER BY stream LIMIT 2000) p ORDER BY p.stream`,
    [after],
  );
  const lost = rows.filter((row) => row.lost);
  return {
    findings: lost.map(({ stream }) => ({
      kind: 'person-without-order',
      id: idOf(stream),
      detail: `Somebody is known for an ${kindOf(stream)} that is not there.`,
    })),
    seen: rows.length,
    after: rows.at(-1)?.stream,
  };
};
