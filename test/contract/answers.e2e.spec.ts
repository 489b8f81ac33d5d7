import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { csvOfOrders } from '../../libs/imports/files.fixture.js';
import { startHost, type TestHost } from '../setup/host.js';
import { oriented } from '../setup/photos.js';
import { described, expectDescribed } from './described.js';
import { anOrder, place, reached, type Placed } from './orders.js';

let host: TestHost;
let placed: Placed;
let here: string[];
/** What stands for `{id}`, by how the path begins. */
const ids = new Map<string, string>();

beforeAll(async () => {
  host = await startHost();
  const photo = await host
    .http()
    .post('/photos')
    .attach('file', await oriented(60, 40, 1), 'photo.jpg')
    .expect(202);
  expectDescribed('POST /photos', photo);
  const order = anOrder();
  const answer = await host
    .http()
    .post('/orders')
    .send({ ...order, lines: [{ ...order.lines[0]!, photoId: photo.body.id }] });
  expectDescribed('POST /orders', answer);
  placed = answer.body;
  await reached(host, placed, 'completed');
  ids.set('/orders', placed.id).set('/dashboard/orders', placed.id).set('/photos', photo.body.id);
  const { paths } = (await host.http().get('/openapi.json').expect(200)).body as { paths: Record<string, object> };
  here = Object.entries(paths).flatMap(([path, item]) => Object.keys(item).map((verb) => `${verb.toUpperCase()} ${path}`));
  if (here.includes('GET /inbox')) {
    const first = () => host.operator('/inbox').then(({ body }) => body.items[0].id as string);
    ids.set('/inbox', await vi.waitFor(first, 20_000));
  }
  if (here.includes('POST /jobs/{name}/runs')) {
    const { items } = (await host.operator('/jobs')).body as { items: { name: string }[] };
    // An import has an input, which is nobody's to send.
    for (const { name } of items.filter(({ name }) => name !== 'import').slice(0, 1)) {
      const run = await host.http().post(`/jobs/${name}/runs`).set(host.operatorHeaders).send({});
      expectDescribed('POST /jobs/{name}/runs', run);
      ids.set('/job-runs', run.body.id).set('/jobs', name);
    }
  }
});
afterAll(() => host?.stop());

const queries: Record<string, () => string> = {
  'GET /gateway/ledger': () => `?orderId=${placed.id}`,
  'GET /reports/sales': () => '?from=2026-01-01&to=2026-12-31',
};

describe('openapi.json', () => {
  test('each GET of it answers as it says', async () => {
    for (const route of here) {
      const [verb, path] = route.split(' ') as [string, string];
      if (verb !== 'GET') continue;
      const known = [...ids].find(([start]) => path.startsWith(`${start}/{`))?.[1];
      if (/\{id\}|^\/jobs\//.test(path) && !known) continue;
      const filled =
        path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
          path.startsWith('/jobs/') || name === 'id' ? known! : described[route]!.path![name]!,
        ) + (queries[route]?.() ?? '');
      // An open stream has no end: its head is asked for.
      const open = path === '/dashboard/stream';
      const asked = open ? host.http().head(filled).set(host.operatorHeaders) : host.operator(filled);
      const answer = await asked;
      expect.soft(() => expectDescribed(route, answer)).not.toThrow();
    }
  });

  test('each line of an ended order’s stream is of its shape', async () => {
    const { text } = await host.follow(placed.links.stream).expect(200);
    const told = [...text.matchAll(/^data: (.+)$/gm)].map(([, json]) => JSON.parse(json!));
    expect(told.length).toBeGreaterThan(5);
    for (const one of told)
      expect(described['GET /orders/{id}/stream']!.answers[200]!.schema!.safeParse(one).error?.issues ?? []).toEqual([]);
  });

  test('a failed order, a wait, a cancellation, what is unchanged', async () => {
    const waited = await host
      .http()
      .post('/orders')
      .set('prefer', 'wait=20')
      .send(anOrder({ card: '4000000000000002' }));
    expectDescribed('POST /orders', waited);
    expect(waited.status).toBe(200);
    expect(waited.body.reason).toBeDefined();
    const cancelled = await place(host);
    const answer = await host
      .http()
      .post(`/orders/${cancelled.id}/cancellation?token=${cancelled.token}`)
      .send({ reason: 'Ordered twice.' });
    if (answer.status !== 409) expectDescribed('POST /orders/{id}/cancellation', answer);
    const { headers } = await host.follow(placed.links.status);
    expectDescribed('GET /orders/{id}', await host.follow(placed.links.status).set('if-none-match', headers.etag!));
  });

  test('what an operator changes and asks for', async () => {
    const ask = (verb: 'post' | 'patch', where: string) => host.http()[verb](where).set(host.operatorHeaders);
    const file = await ask('post', '/imports').set('content-type', 'text/csv').send(csvOfOrders(1, 'described-'));
    expectDescribed('POST /imports', file);
    const ended = async () => {
      const run = await host.operator(`/job-runs/${file.body.id}`);
      expect(run.body.state).toBe('succeeded');
      return run;
    };
    expectDescribed('GET /job-runs/{id}', await vi.waitFor(ended, 20_000));
    expectDescribed('PATCH /jobs/{name}', await ask('patch', '/jobs/sales-totals').send({ schedule: '0 4 * * *' }));
    for (const paused of [true, false])
      expectDescribed('PATCH /workers/{role}', await ask('patch', '/workers/thumbnails').send({ paused }));
  });
});
