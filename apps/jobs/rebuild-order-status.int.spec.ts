import { pictureOf, project, rebuildJob, viewsOf } from '#libs/order-status';
import { Database, idOf, postgresEventStore } from '#libs/store';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDatabase } from '../../test/setup/database.js';
import { query } from '../../test/setup/query.js';
import { rebuildOrderStatus } from './rebuild-order-status.js';

let db: Database;
let live: Database;
let url: string;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, url, close } = await openDatabase({ role: 'backroom_jobs' }));
  live = new Database({ url, role: 'backroom_status', connections: 1 });
});
afterAll(async () => {
  await live.close();
  await close();
});

const line = { sku: 'MUG', name: 'Mug', quantity: 1, unitPrice: { amount: 1299, currency: 'EUR' } };
const placed = { lines: [line], total: line.unitPrice, priority: 'standard' };
const road: readonly [type: string, data: object][] = [
  ['OrderPlaced', placed],
  ['PhotosReady', {}],
  ['StockReserved', {}],
];

/** Orders as the projection knows them: with each so many events. */
async function place(n: number, versions = 1): Promise<string[]> {
  const streams = Array.from({ length: n }, () => `order:${uuidv7()}`);
  for (let version = 1; version <= versions; version++) await goOn(streams, version);
  return streams;
}
async function goOn(streams: readonly string[], version: number): Promise<void> {
  const [type, data] = road[version - 1]!;
  const rows = streams.map((stream) => ({ stream, version, type, data, at: '2026-05-01T12:00:00Z' }));
  await live.run(
    't-go-on',
    `INSERT INTO events SELECT stream, version, type, data, '{"lane":"standard"}', at
     FROM json_to_recordset($1) AS e (stream text, version int, type text, data json, at timestamptz)`,
    [JSON.stringify(rows)],
  );
  await project(live, postgresEventStore, new Map(streams.map((stream) => [stream, version])));
}

const shown = async () => {
  const rows = await query<{ id: string; version: number; status: string; view: object }>(
    url,
    'SELECT id, version, status, view FROM order_status ORDER BY id',
  );
  return new Map(rows.map((row) => [`order:${row.id}`, row]));
};

it('comes to what the streams say, while orders go on and its process dies at each step; until then the one before is shown', async () => {
  const all = await place(2_300, 2);
  const [damaged, lost] = [all[7]!, all[9]!];
  await query(
    url,
    `UPDATE order_status SET status = 'failed', view = '{"status":"failed","version":2}' WHERE id = '${idOf(damaged)}';
     DELETE FROM order_status WHERE id = '${idOf(lost)}';
     INSERT INTO order_status_next VALUES ('${uuidv7()}', 9, 'left', '{}', 1);
     INSERT INTO jobs (name, description, input, missed, defaults) VALUES ('${rebuildJob}', '', '{}', 'none', '{"overlap":"skip"}');
     INSERT INTO runs (id, job, trigger, input, alone, state, started_at) VALUES ('${uuidv7()}', '${rebuildJob}', 'cli', '{}', true, 'running', now())`,
  );
  const job = rebuildOrderStatus();
  const run = { id: uuidv7(), signal: new AbortController().signal, log: () => {} };
  const step = (checkpoint: never, dies: boolean) =>
    db.transaction(async (tx) => {
      const made = await job.step(tx, checkpoint, run);
      if (dies) throw new Error('It dies.');
      return made;
    });

  const phases: string[] = [];
  let checkpoint: unknown = await job.start({}, run);
  for (let n = 0; ; n++) {
    phases.push((checkpoint as { phase: string }).phase);
    await expect(step(checkpoint as never, true)).rejects.toThrow('It dies.');
    expect((await shown()).get(damaged)).toMatchObject({ status: 'failed' });
    const made = await step(checkpoint as never, false);
    if ('result' in made) {
      expect(made.result).toEqual({ orders: expect.any(Number) });
      break;
    }
    checkpoint = JSON.parse(JSON.stringify(made.next));
    // Those go on behind the walk and before it, and new ones come; never for long enough to keep it from its end.
    if (n < 6) {
      await goOn(all.slice(n * 50 + 20, n * 50 + 30), 3);
      await goOn([all[2_299 - n]!], 3);
      all.push(...(await place(3)));
    }
  }
  expect(phases.slice(0, 4)).toEqual(['begin', 'walk', 'walk', 'walk']);
  expect(phases.slice(-2)).toEqual(['catch-up', 'swap']);

  const now = await shown();
  expect([...now.keys()].toSorted()).toEqual(all.toSorted());
  const streams = await postgresEventStore.load(
    live,
    all.map((stream) => ({ stream, after: 0 })),
  );
  for (const [stream, events] of streams) {
    const view = pictureOf(events);
    expect(now.get(stream)).toMatchObject({ version: events.length, status: (view as { status: string }).status, view });
  }
  expect(await query(url, 'SELECT (SELECT count(*)::int FROM effects) AS effects, (SELECT count(*)::int FROM outbox) AS news')).toEqual([
    { effects: 0, news: 0 },
  ]);
});

it('leaves a list that is kept up as before, also by connections that have known the one before', async () => {
  const [stream] = (await place(1)) as [string];
  expect((await shown()).get(stream)).toMatchObject({ version: 1 });
  await goOn([stream], 2);
  expect((await viewsOf(live, [stream])).get(stream)).toMatchObject({ version: 2 });
  expect((await shown()).get(stream)).toMatchObject({ version: 2 });
});

it('writes nothing down where no rebuild is under way', async () => {
  await query(url, 'UPDATE runs SET ended_at = now(); TRUNCATE order_status_touched');
  await place(5);
  expect(await query(url, 'SELECT FROM order_status_touched')).toEqual([]);
});
