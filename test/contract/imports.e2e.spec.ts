import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { request as httpRequest } from 'node:http';
import { once } from 'node:events';
import { csvFile, csvOfOrders, type CsvRow } from '../../libs/imports/files.fixture.js';
import { startHost, type TestHost } from '../setup/host.js';
import { anOrder, uuidv7 } from './orders.js';
import { expectProblem } from './problem.js';

let host: TestHost;
beforeAll(async () => void (host = await startHost()));
afterAll(() => host?.stop());

interface Run {
  readonly id: string;
  readonly job: string;
  readonly state: string;
  readonly trigger: string;
  readonly progress: number;
  readonly result: {
    rows: number;
    orders: number;
    duplicates: number;
    rejected: { line: number; reference: string | null; reason: string }[];
  };
}

const send = (body: string | Buffer, type = 'text/csv') =>
  host.http().post('/imports').set(host.operatorHeaders).set('content-type', type).send(body);

/** The run that a 202 names, when it has ended. */
async function ended(location: string): Promise<Run> {
  let run!: Run;
  await vi.waitFor(
    async () => {
      run = (await host.follow(location).set(host.operatorHeaders).expect(200)).body;
      expect(['succeeded', 'failed', 'cancelled']).toContain(run.state);
    },
    { timeout: 60_000, interval: 50 },
  );
  return run;
}
const imported = async (body: string, type?: string): Promise<Run> => ended((await send(body, type).expect(202)).headers.location!);

const row = (reference: string, more: CsvRow = {}): CsvRow => ({ reference, ...more });

describe('Front door: POST /imports', () => {
  test('202 with the run’s Location when all of it has arrived; its orders are placed and completed', async () => {
    const before = await host.countOf('OrderCompleted');
    const answer = await send(csvOfOrders(5, 'first-')).expect(202);
    expect(answer.body).toMatchObject({ id: expect.stringMatching(uuidv7), state: 'queued' });
    expect(answer.headers.location).toBe(`${host.url}/job-runs/${answer.body.id}`);
    const run = await ended(answer.headers.location!);
    expect(run).toMatchObject({ id: answer.body.id, job: 'import', state: 'succeeded', trigger: 'http', progress: 100 });
    expect(run.result).toEqual({ rows: 5, orders: 5, duplicates: 0, rejected: [] });
    await vi.waitFor(async () => expect(await host.countOf('OrderCompleted')).toBe(before + 5), { timeout: 30_000, interval: 100 });
  });

  test('NDJSON: a body of POST /orders plus reference a line', async () => {
    const lines = ['nd-1', 'nd-2'].map((reference) => JSON.stringify({ reference, ...anOrder() }));
    expect((await imported(lines.join('\n'), 'application/x-ndjson')).result).toEqual({ rows: 2, orders: 2, duplicates: 0, rejected: [] });
  });

  test('rows of one reference that stand together are one order', async () => {
    const { result } = await imported(csvFile(row('two-lines'), row('two-lines', { sku: 'PRINT-10X15' }), row('another')));
    expect(result).toMatchObject({ rows: 3, orders: 2, rejected: [] });
  });

  test('columns in any order, a byte order mark and CRLF', async () => {
    const turned = csvFile(row('turned'))
      .split('\r\n')
      .map((line) => line.split(',').toReversed().join(','));
    expect((await imported(`\uFEFF${turned.join('\r\n')}`)).result).toMatchObject({ rows: 1, orders: 1, rejected: [] });
  });

  test('a bad row spoils its order and no other; line is the physical line, the header being 1', async () => {
    const long = row('long', { name: '"Ada\nLovelace"' });
    const { result } = await imported(
      csvFile(
        row('good-1'),
        long,
        row('bad-quantity', { quantity: '0' }),
        row('bad-card', { card_number: '4242424242424241' }),
        row('good-2'),
      ),
    );
    expect(result).toMatchObject({ rows: 5, orders: 2 });
    expect(result.rejected.map(({ line, reference }) => [line, reference])).toEqual([
      [3, 'long'],
      [5, 'bad-quantity'],
      [6, 'bad-card'],
    ]);
    expect(JSON.stringify(result)).not.toContain('424242');
  });

  test('a reference seen again with the same content is a duplicate, with other content a bad row', async () => {
    await imported(csvFile(row('again')));
    expect((await imported(csvFile(row('again')))).result).toMatchObject({ rows: 1, orders: 0, duplicates: 1, rejected: [] });
    const { result } = await imported(csvFile(row('again', { quantity: '3' })));
    expect(result).toMatchObject({ orders: 0, duplicates: 0, rejected: [{ line: 2, reference: 'again' }] });
  });

  test('the same key and file again → the same answer, and one run; another file → 422', async () => {
    const keyed = (body: string) => send(body).set('idempotency-key', 'import');
    const first = await keyed(csvFile(row('keyed'))).expect(202);
    const again = await keyed(csvFile(row('keyed'))).expect(202);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(again.body).toEqual(first.body);
    expect(again.headers.location).toBe(first.headers.location);
    expectProblem(await keyed(csvFile(row('other'))), 422, 'idempotency-key-reused');
    expect((await ended(first.headers.location!)).result).toMatchObject({ orders: 1, duplicates: 0 });
  });

  test('the operator alone: none 401, a wrong one 401', async () => {
    const bare = () => host.http().post('/imports').set('content-type', 'text/csv');
    expectProblem(await bare().send(csvFile(row('nobody'))), 401, 'unauthorized');
    expectProblem(
      await bare()
        .set('authorization', 'Bearer wrong')
        .send(csvFile(row('nobody'))),
      401,
      'unauthorized',
    );
  });

  test('another type → 415, another encoding → 415, no header row → 422, a file of nothing → 422', async () => {
    expectProblem(await send('{}', 'application/json'), 415, 'unsupported-media-type');
    expectProblem(await send(csvFile(row('zipped'))).set('content-encoding', 'gzip'), 415, 'unsupported-media-type');
    expectProblem(await send(csvFile(row('headless')).split('\r\n')[1]!), 422, 'invalid');
    expectProblem(await send(''), 422, 'invalid');
  });

  test('larger than 100 MiB → 413', async () => {
    const sent = httpRequest(`${host.url}/imports`, {
      method: 'POST',
      headers: { ...host.operatorHeaders, 'content-type': 'text/csv', 'content-length': String(100 * 1024 * 1024 + 1) },
    });
    sent.on('error', () => {});
    sent.write('reference');
    const [answer] = await once(sent, 'response');
    expect(answer.statusCode).toBe(413);
    sent.destroy();
  });

  test('a broken upload places nothing', async () => {
    const before = await host.countOf('OrderPlaced');
    const file = csvFile(row('broken-1'), row('broken-2'));
    const sent = httpRequest(`${host.url}/imports`, {
      method: 'POST',
      headers: { ...host.operatorHeaders, 'content-type': 'text/csv', 'content-length': String(file.length + 1_000) },
    });
    sent.on('error', () => {});
    const broken = new Promise((closed) => sent.once('close', closed));
    sent.write(file);
    setTimeout(() => sent.destroy(), 100);
    await broken;
    // What comes after it is placed, and nothing of it.
    expect((await imported(csvFile(row('after-broken')))).result).toMatchObject({ orders: 1 });
    expect(await host.countOf('OrderPlaced')).toBe(before + 1);
    expect((await imported(csvFile(row('broken-1')))).result).toMatchObject({ orders: 1, duplicates: 0 });
  });
});
