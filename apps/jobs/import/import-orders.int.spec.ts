import { Access } from '#libs/access';
import { algorithm } from '#libs/card';
import { mostRejected, sealImport, type SealingParts } from '#libs/imports';
import { MemoryObjects } from '#libs/objects';
import { Database } from '#libs/store';
import type { Run } from '#libs/work';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { csvFile, csvOfOrders, type CsvRow } from '../../../libs/imports/files.fixture.js';
import { openDatabase } from '../../../test/setup/database.js';
import { importOrders, type Imported } from './import-orders.js';

let opened: Awaited<ReturnType<typeof openDatabase>>;
/** With the rights of the role, and of whoever looks on. */
let db: Database;
let parts: SealingParts;
beforeAll(async () => {
  opened = await openDatabase();
  db = new Database({ url: opened.url, role: 'backroom_jobs' });
  const { publicKey } = await generateKeyPair(algorithm.alg, { extractable: true });
  const key = { ...((await exportJWK(publicKey)) as JWK), kid: 'k' };
  parts = {
    access: new Access('key', 'operator'),
    keys: { newest: async () => key, judge: async (sealed) => sealed },
    callbacks: { loopback: false },
  };
});
afterAll(async () => {
  await db?.close();
  await opened?.close();
});

const objects = new MemoryObjects();
const placed = vi.fn();
const job = importOrders(objects, placed);
const run: Run = { id: crypto.randomUUID(), signal: new AbortController().signal, log: () => {} };

async function received(file: string): Promise<string> {
  const object = `imports/${crypto.randomUUID()}`;
  async function* bytes() {
    yield Buffer.from(file);
  }
  await objects.put(object, sealImport('csv', bytes(), parts));
  return object;
}

class Killed extends Error {}

/** As the runner does it: step and checkpoint in one transaction. `dies` is asked at the end of each, before it commits. */
async function importAll(file: string, dies: (step: number) => boolean = () => false) {
  let checkpoint = await job.start({ object: await received(file) }, run);
  for (let step = 0; ; step += 1) {
    try {
      const done = await db.transaction(async (tx) => {
        const end = await job.step(tx, checkpoint, run);
        if (dies(step)) throw new Killed();
        return end;
      });
      if ('result' in done) return done.result as Pick<Imported, 'rows' | 'orders' | 'duplicates' | 'rejected'>;
      checkpoint = done.next;
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
    }
  }
}

const ordersOf = (references: string[]) =>
  opened.db.run<{ data: { lines: unknown[]; total: unknown; priority: string }; meta: unknown; personal: unknown }>(
    't-orders',
    `SELECT e.data, e.meta, p.data AS personal FROM import_references r JOIN events e USING (stream) JOIN personal p USING (stream) JOIN vault v USING (stream)
     JOIN outbox o USING (stream) WHERE r.reference = ANY ($1) AND e.version = 1 AND o.lane = 'bulk' ORDER BY r.reference`,
    [references],
  );
const countPlaced = async (): Promise<number> =>
  (await opened.db.run<{ n: number }>('t-count', `SELECT count(*)::int AS n FROM events WHERE type = 'OrderPlaced'`, []))[0]!.n;

describe('an import', () => {
  it('places its orders at the catalogue’s prices, in the lane of imports', async () => {
    const file = csvFile({ reference: 'p1' }, { reference: 'p1', sku: 'CALENDAR-A4', quantity: '1' }, { reference: 'p2' });
    expect(await importAll(file)).toEqual({ rows: 3, orders: 2, duplicates: 0, rejected: [] });
    const eur = (amount: number) => ({ amount, currency: 'EUR' });
    expect(await ordersOf(['p1', 'p2'])).toMatchObject([
      {
        data: {
          lines: [
            { sku: 'MUG', name: 'Mug with your photo', quantity: 2, unitPrice: eur(1299) },
            { sku: 'CALENDAR-A4', name: 'Wall calendar A4', quantity: 1, unitPrice: eur(1999) },
          ],
          total: eur(4597),
          priority: 'standard',
        },
        meta: { lane: 'bulk' },
        personal: { customer: { email: 'ada@example.com', name: 'Ada' }, shipTo: { city: 'Vienna' } },
      },
      { data: { total: eur(2598) } },
    ]);
    expect(placed).toHaveBeenCalled();
  });

  it('sent again places nothing; with another content under its reference it is a bad row', async () => {
    await importAll(csvFile({ reference: 'again' }));
    const before = await countPlaced();
    const rows: CsvRow[] = [{ reference: 'again' }, { reference: 'again2' }, { reference: 'again', city: 'Graz' }];
    const reason = 'reference: It belongs to another order.';
    expect(await importAll(csvFile(...rows))).toEqual({
      rows: 3,
      orders: 1,
      duplicates: 1,
      rejected: [{ line: 4, reference: 'again', reason }],
    });
    expect(await countPlaced()).toBe(before + 1);
  });

  it('of one reference twice in a file, apart, places the first', async () => {
    const rows: CsvRow[] = [
      { reference: 'twice' },
      { reference: 'between' },
      { reference: 'twice' },
      { reference: 'twice', sku: 'CALENDAR-A4' },
    ];
    // The last two stand together and are one order: another one.
    expect(await importAll(csvFile(...rows))).toMatchObject({ orders: 2, duplicates: 0, rejected: [{ line: 4, reference: 'twice' }] });
    expect(await importAll(csvFile({ reference: 'x' }, { reference: 'y' }, { reference: 'x' }))).toMatchObject({
      orders: 2,
      duplicates: 1,
    });
  });

  it('tells of its bad rows by their lines, whoever found them', async () => {
    const rows: CsvRow[] = [
      { reference: 'b1', sku: 'NONE' },
      { reference: 'b2', quantity: '0' },
      { reference: 'b3' },
      { reference: 'b4' },
      { reference: 'b4', sku: 'NONE' },
    ];
    const result = await importAll(csvFile(...rows));
    expect(result).toMatchObject({ rows: 5, orders: 1, duplicates: 0 });
    expect(result.rejected).toEqual([
      { line: 2, reference: 'b1', reason: 'sku: There is no such product.' },
      { line: 3, reference: 'b2', reason: expect.stringMatching(/^quantity: /) },
      { line: 6, reference: 'b4', reason: 'sku: There is no such product.' },
    ]);
  });

  it('tells of 1,000 bad rows at most, and counts all', async () => {
    const rows = Array.from({ length: 1_200 }, (_, n): CsvRow => ({
      reference: `many-${n}`,
      sku: n % 2 ? 'NONE' : 'MUG',
      quantity: n % 2 ? '1' : '0',
    }));
    const result = await importAll(csvFile(...rows));
    expect(result).toMatchObject({ rows: 1_200, orders: 0 });
    expect(result.rejected).toHaveLength(mostRejected);
    expect(result.rejected.map(({ line }) => line)).toEqual(Array.from({ length: mostRejected }, (_, n) => n + 2));
  });

  it('that dies before each of its commits loses no line and places none twice', async () => {
    const before = await countPlaced();
    let deaths = 0;
    const dies = (step: number): boolean => step % 2 === 0 && (deaths += 1) > 0;
    expect(await importAll(csvOfOrders(1_700, 'dies-'), dies)).toEqual({ rows: 1_700, orders: 1_700, duplicates: 0, rejected: [] });
    expect(deaths).toBeGreaterThan(3);
    expect(await countPlaced()).toBe(before + 1_700);
  });

  it('beside another of the same orders: each is placed once', async () => {
    const before = await countPlaced();
    const forwards = csvOfOrders(700, 'beside-');
    const [header, ...rows] = forwards.trim().split('\r\n');
    const results = await Promise.all([importAll(forwards), importAll([header, ...rows.reverse()].join('\r\n'))]);
    expect(results.map(({ orders, duplicates, rejected }) => [orders + duplicates, rejected])).toEqual([
      [700, []],
      [700, []],
    ]);
    expect(results[0]!.orders + results[1]!.orders).toBe(700);
    expect(await countPlaced()).toBe(before + 700);
  });

  it('may be empty', async () => {
    expect(await importAll(csvFile())).toEqual({ rows: 0, orders: 0, duplicates: 0, rejected: [] });
  });

  it('deletes its object at its end, and once more if it died there', async () => {
    let dead = false;
    await importAll(csvOfOrders(3, 'ends-'), (step) => step === 1 && !dead && (dead = true));
    expect(dead).toBe(true);
    for await (const { name } of objects.list('imports/')) expect.fail(name);
  });

  it('that was deleted fails', async () => {
    const checkpoint = await job.start({ object: `imports/${crypto.randomUUID()}` }, run);
    await expect(db.transaction((tx) => job.step(tx, checkpoint, run))).rejects.toThrow('is gone');
  });

  it('leaves the digits of its cards neither in its object nor in any table', async () => {
    const canary = '5105105105105100';
    const object = await received(
      csvFile({ reference: 'canary', card_number: canary }, { reference: canary }, { reference: 'c2', name: canary }),
    );
    const atRest = String(await buffer((await objects.get(object))!.stream));
    await importAll(csvFile({ reference: 'canary', card_number: canary }, { reference: canary }, { reference: 'c2', name: canary }));
    const tables = await opened.db.run<{ name: string }>(
      't-tables',
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'`,
      [],
    );
    const rows = await Promise.all(
      tables.map(({ name }) => opened.db.run<{ text: string }>(`t-${name}`, `SELECT t::text AS text FROM "${name}" t`, [])),
    );
    const everything = [atRest, ...rows.flat().map(({ text }) => text)].join('\n');
    expect(everything).toContain('canary');
    for (const spelt of [canary, canary.replace(/\d{4}(?=\d)/g, '$& '), ...spellings(canary)]) expect(everything).not.toContain(spelt);
  });
});

/** In base64, whatever stands before it, and in hexadecimal. */
const spellings = (digits: string): string[] => [
  ...[0, 1, 2].map((shift) =>
    Buffer.from('x'.repeat(shift) + digits)
      .toString('base64')
      .slice(4, 20),
  ),
  Buffer.from(digits).toString('hex'),
];
