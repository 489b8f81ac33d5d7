import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { startHost, type TestHost } from '../setup/host.js';
import { expectDescribed } from './described.js';
import { rfc3339, uuidv7 } from './orders.js';
import { expectInvalid, expectProblem } from './problem.js';

let host: TestHost;
beforeAll(async () => void (host = await startHost({ JOBS_DIR: path.resolve('jobs') })));
afterAll(() => host?.stop());

// No role knows this job, so what is asked for stays as it is until the test says otherwise.
const name = 'a-test';
const input = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  properties: { day: { type: 'string', minLength: 1 }, deep: { type: 'array', items: { type: 'integer' } } },
  required: ['day'],
  additionalProperties: false,
};
const defaults = {
  enabled: true,
  schedule: '0 3 * * *',
  timeZone: 'Europe/Vienna',
  overlap: 'queue',
  singleton: true,
  stoppingWaitSeconds: 5,
};
beforeEach(async () => {
  await host.sql(`
    DELETE FROM run_log; DELETE FROM runs WHERE job = '${name}'; DELETE FROM jobs WHERE name = '${name}';
    INSERT INTO jobs (name, description, input, missed, defaults)
    VALUES ('${name}', 'Is tested.', '${JSON.stringify(input)}', 'once', '${JSON.stringify(defaults)}')`);
});

const get = (where: string) => host.operator(where);
const patch = (body: object, type = 'application/json') =>
  host.http().patch(`/jobs/${name}`).set(host.operatorHeaders).set('content-type', type).send(JSON.stringify(body));
const post = (where: string, body?: object, headers: Record<string, string> = {}) => {
  const sent = host
    .http()
    .post(where)
    .set({ ...host.operatorHeaders, ...headers });
  return body === undefined ? sent : sent.send(body);
};
const run = (body: object | undefined = { input: { day: 'today' } }, headers: Record<string, string> = {}) =>
  post(`/jobs/${name}/runs`, body, headers);
const job = async () => (await get(`/jobs/${name}`).expect(200)).body;
/** As if a process were at it. */
const claimed = (id: string) =>
  host.sql(
    `UPDATE runs SET state = 'running', started_at = now(), claim = gen_random_uuid(), claimed_until = now() + '1 hour' WHERE id = '${id}'`,
  );
const ended = (id: string) =>
  host.sql(
    `UPDATE runs SET state = 'succeeded', progress = 100, started_at = now(), ended_at = now(), result = '{"rows":3}' WHERE id = '${id}'`,
  );

describe('Status service: operator’s part', () => {
  test.each([
    ['get', '/jobs'],
    ['get', `/jobs/${name}`],
    ['patch', `/jobs/${name}`],
    ['post', `/jobs/${name}/runs`],
    ['get', '/job-runs/0190b5a4-0000-7000-8000-000000000000'],
    ['get', '/job-runs/0190b5a4-0000-7000-8000-000000000000/log'],
    ['post', '/job-runs/0190b5a4-0000-7000-8000-000000000000/cancellation'],
  ] as const)('%s %s is the operator’s: 401', async (method, where) => {
    expectProblem(await host.http()[method](where), 401, 'unauthorized');
    expectProblem(await host.http()[method](where).set('authorization', 'Bearer another'), 401, 'unauthorized');
  });

  test('what is not there → 404', async () => {
    expectProblem(await get('/jobs/nothing'), 404, 'not-found');
    expectProblem(await host.http().patch('/jobs/nothing').set(host.operatorHeaders).send({ enabled: 1 }), 404, 'not-found');
    expectProblem(await post('/jobs/nothing/runs', {}), 404, 'not-found');
    for (const id of ['0190b5a4-0000-7000-8000-000000000000', 'x']) {
      expectProblem(await get(`/job-runs/${id}`), 404, 'not-found');
      expectProblem(await get(`/job-runs/${id}/log`), 404, 'not-found');
      expectProblem(await post(`/job-runs/${id}/cancellation`), 404, 'not-found');
    }
  });
});

describe('Status service: GET /jobs', () => {
  test('a job, to the letter', async () => {
    const { body, headers } = await get(`/jobs/${name}`).expect(200);
    const { nextRunAt, ...rest } = body;
    expect(rest).toEqual({ name, description: 'Is tested.', ...defaults, runs: [] });
    expect(headers['cache-control']).toBe('no-store');
    expect(nextRunAt).toMatch(rfc3339);
    expect(Date.parse(nextRunAt)).toBeGreaterThan(Date.now());
    const hour = new Intl.DateTimeFormat('en', { timeZone: 'Europe/Vienna', hour: 'numeric', hourCycle: 'h23' });
    expect(hour.format(new Date(nextRunAt))).toBe('03');
  });

  test('all of them, a page after another', async () => {
    await host.sql(`INSERT INTO jobs (name, description, input, missed, defaults)
      SELECT 'z-' || n, 'One of more.', '{}', 'none', '${JSON.stringify(defaults)}' FROM generate_series(1, 3) n`);
    try {
      const all = (await get('/jobs').expect(200)).body;
      expect(all.next).toBeNull();
      const names = all.items.map((one: { name: string }) => one.name);
      expect(names).toEqual(expect.arrayContaining([name, 'z-1', 'z-2', 'z-3']));
      const seen: string[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const { items, next }: { items: { name: string }[]; next: string | null } = (
          await get(`/jobs?limit=2${cursor && `&cursor=${cursor}`}`).expect(200)
        ).body;
        seen.push(...items.map((one) => one.name));
        cursor = next;
      }
      expect(seen).toEqual(names);
      expectProblem(await get('/jobs?limit=0'), 422, 'invalid');
      expectProblem(await get('/jobs?cursor=%00'), 422, 'invalid');
    } finally {
      await host.sql(`DELETE FROM jobs WHERE name LIKE 'z-%'`);
    }
  });

  test('its last 20 runs, the newest first', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 22; n++) ids.push((await run().expect(202)).body.id);
    const { runs } = await job();
    expect(runs.map(({ id }: { id: string }) => id)).toEqual(ids.toReversed().slice(0, 20));
    expect(runs[0]).toEqual((await get(`/job-runs/${ids.at(-1)}`).expect(200)).body);
  });

  test('a script of JOBS_DIR stands among them, does its runs, and comes there by its folder alone', async () => {
    const { items } = (await get('/jobs').expect(200)).body;
    expect(items.find((one: { name: string }) => one.name === 'disk-space')).toMatchObject({
      schedule: '0 0 6 * * *',
      singleton: true,
      enabled: true,
    });
    const { id } = (await post('/jobs/disk-space/runs', { input: { path: '/' } }).expect(202)).body;
    await vi.waitFor(async () => expect((await get(`/job-runs/${id}`)).body.state).toMatch(/^(succeeded|failed)$/), 20_000);
    const log = (await get(`/job-runs/${id}/log`).expect(200)).body.items;
    expect(log).toContainEqual(
      expect.objectContaining({ level: 'info', message: expect.stringMatching(/^Run .+ of disk-space, asked for by http, on /) }),
    );
    await post('/jobs', { name: 'another', script: 'true' }).expect(405);
  });
});

describe('Status service: PATCH /jobs/{name}', () => {
  test.each(['application/json', 'application/merge-patch+json'])('%s changes what it names, and that stays', async (type) => {
    const change = { enabled: false, timeZone: 'UTC', overlap: 'skip', singleton: false, stoppingWaitSeconds: 30 };
    const { body } = await patch(change, type).expect(200);
    expect(body).toEqual({ ...(await job()) });
    expect(body).toMatchObject({ ...defaults, ...change, nextRunAt: null });
    expect((await patch({ schedule: '15 30 4 * * *', enabled: true }, type).expect(200)).body).toMatchObject({
      timeZone: 'UTC',
      nextRunAt: expect.stringMatching(/T04:30:15\.000Z$/),
    });
    expect((await patch({ schedule: null }, type).expect(200)).body).toMatchObject({ schedule: null, enabled: true, nextRunAt: null });
    expect((await patch({}, type).expect(200)).body).toMatchObject({ schedule: null });
  });

  test('what is wrong → 422 at its place, and nothing is changed', async () => {
    for (const [body, pointer] of [
      [{ schedule: 'now and then' }, '/schedule'],
      [{ schedule: '@daily' }, '/schedule'],
      [{ schedule: '* * * * * * *' }, '/schedule'],
      [{ schedule: '0 0 30 2 *' }, '/schedule'],
      [{ schedule: '' }, '/schedule'],
      [{ timeZone: 'Europe/Atlantis' }, '/timeZone'],
      [{ timeZone: null }, '/timeZone'],
      [{ enabled: 'true' }, '/enabled'],
      [{ overlap: 'wait' }, '/overlap'],
      [{ singleton: null }, '/singleton'],
      [{ stoppingWaitSeconds: -1 }, '/stoppingWaitSeconds'],
      [{ stoppingWaitSeconds: '5' }, '/stoppingWaitSeconds'],
      [{ name: 'other' }, '/name'],
      [[], ''],
    ] as const) {
      expectInvalid(await patch(body), pointer);
    }
    expect(await job()).toMatchObject(defaults);
  });

  test('another type → 415, also where it is a merge-patch of something else', async () => {
    expectProblem(await patch({}, 'application/xml'), 415, 'unsupported-media-type');
    const sent = host.http().post('/orders').set('content-type', 'application/merge-patch+json').send('{}');
    expectProblem(await sent, 415, 'unsupported-media-type');
  });
});

describe('Status service: POST /jobs/{name}/runs', () => {
  test('202 with its Location, at once', async () => {
    const { headers, body } = await run().expect(202);
    expect(body.id).toMatch(uuidv7);
    const links = { status: headers.location, log: `${headers.location}/log`, cancel: `${headers.location}/cancellation` };
    const shown = {
      id: body.id,
      job: name,
      state: 'queued',
      trigger: 'http',
      progress: 0,
      startedAt: null,
      endedAt: null,
      result: null,
      links,
    };
    expect(body).toEqual(shown);
    expect((await get(`/job-runs/${body.id}`).expect(200)).body).toEqual(shown);
    expect(headers.location).toBe(`${host.url}/job-runs/${body.id}`);
    expect((await get(`/job-runs/${body.id}/log`).expect(200)).body).toEqual({ items: [] });
  });

  test('input that the job does not take → 422 at its place, and no run', async () => {
    expectInvalid(await run({}), '/input');
    expectInvalid(await post(`/jobs/${name}/runs`), '/input');
    expectInvalid(await run({ input: { day: 1 } }), '/input/day');
    expectInvalid(await run({ input: { day: 'x', night: 'y' } }), '/input/night');
    expectInvalid(await run({ input: { day: 'x', deep: [1, 'two'] } }), '/input/deep/1');
    expectInvalid(await run({ input: null }), '/input');
    expectInvalid(await run({ input: { day: 'x' }, when: 1 }), '/when');
    expect((await job()).runs).toEqual([]);
  });

  test('while one is open: skip → 409; queue and allow → 202', async () => {
    await patch({ overlap: 'skip' }).expect(200);
    const answers = await Promise.all(Array.from({ length: 8 }, () => run()));
    const [first, ...others] = answers.toSorted((a, b) => a.status - b.status);
    expect(first!.status).toBe(202);
    for (const refused of others) expectProblem(refused, 409, 'job-running');
    await claimed(first!.body.id);
    expectProblem(await run(), 409, 'job-running');
    await patch({ overlap: 'queue' }).expect(200);
    await run().expect(202);
    await patch({ overlap: 'allow' }).expect(200);
    await run().expect(202);
    expect((await job()).runs).toHaveLength(3);
  });

  test('the same Idempotency-Key → one run, the same answer; with another body → 422', async () => {
    const key = { 'idempotency-key': 'one' };
    const answers = await Promise.all(Array.from({ length: 8 }, () => run({ input: { day: 'x' } }, key)));
    for (const { status, text, headers } of answers) {
      expect([status, text, headers.location]).toEqual([202, answers[0]!.text, answers[0]!.headers.location]);
    }
    expect(answers.filter(({ headers }) => headers['idempotency-replayed'] === 'true')).toHaveLength(7);
    await claimed(answers[0]!.body.id);
    await patch({ overlap: 'skip' }).expect(200);
    expect((await run({ input: { day: 'x' } }, key).expect(202)).text).toBe(answers[0]!.text);
    expectProblem(await run({ input: { day: 'y' } }, key), 422, 'idempotency-key-reused');
    expectProblem(await run({ input: { day: 'x' } }, { 'idempotency-key': '' }), 400, 'malformed');
    expect((await job()).runs).toHaveLength(1);
  });

  test('a job that is switched off may be run by hand', async () => {
    await patch({ enabled: false }).expect(200);
    await run().expect(202);
  });
});

describe('Status service: GET /job-runs/{id}', () => {
  test('as it stands, with what came of it, and its log in order', async () => {
    const { id } = (await run().expect(202)).body;
    await claimed(id);
    await host.sql(`UPDATE runs SET progress = 41.9 WHERE id = '${id}';
      INSERT INTO run_log (run, at, level, message) VALUES ('${id}', '2026-01-01T00:00:01Z', 'info', 'one'), ('${id}', '2026-01-01T00:00:00Z', 'error', 'two')`);
    const running = (await get(`/job-runs/${id}`).expect(200)).body;
    expect(running).toMatchObject({
      state: 'running',
      progress: 41,
      startedAt: expect.stringMatching(rfc3339),
      endedAt: null,
      result: null,
    });
    expect((await get(`/job-runs/${id}/log`).expect(200)).body).toEqual({
      items: [
        { at: '2026-01-01T00:00:01.000Z', level: 'info', message: 'one' },
        { at: '2026-01-01T00:00:00.000Z', level: 'error', message: 'two' },
      ],
    });
    await ended(id);
    const over = (await get(`/job-runs/${id}`).expect(200)).body;
    expect(over).toMatchObject({ state: 'succeeded', progress: 100, endedAt: expect.stringMatching(rfc3339), result: { rows: 3 } });
  });
});

describe('Status service: POST /job-runs/{id}/cancellation', () => {
  const cancel = (id: string, headers: Record<string, string> = {}) => post(`/job-runs/${id}/cancellation`, undefined, headers);

  test('of one that waits: it is over at once', async () => {
    const { id } = (await run().expect(202)).body;
    const answer = await cancel(id).expect(202);
    expectDescribed('POST /job-runs/{id}/cancellation', answer);
    const { body, headers } = answer;
    expect(body).toMatchObject({ id, state: 'cancelled', startedAt: null, endedAt: expect.stringMatching(rfc3339) });
    expect(headers.location).toBe(`${host.url}/job-runs/${id}`);
    expectProblem(await cancel(id), 409, 'run-ended');
  });

  test('of one that a process is at: a promise, and again', async () => {
    const { id } = (await run().expect(202)).body;
    await claimed(id);
    expect((await cancel(id).expect(202)).body).toMatchObject({ id, state: 'cancelling', endedAt: null });
    expect((await cancel(id).expect(202)).body).toMatchObject({ id, state: 'cancelling' });
  });

  test('of one that has ended → 409', async () => {
    const { id } = (await run().expect(202)).body;
    await ended(id);
    expectProblem(await cancel(id), 409, 'run-ended');
    expect((await get(`/job-runs/${id}`)).body.state).toBe('succeeded');
  });

  test('the same Idempotency-Key → the same answer', async () => {
    const { id } = (await run().expect(202)).body;
    const key = { 'idempotency-key': 'cancel' };
    const answers = await Promise.all(Array.from({ length: 4 }, () => cancel(id, key)));
    for (const { status, text } of answers) expect([status, text]).toEqual([202, answers[0]!.text]);
    expect(answers.filter(({ headers }) => headers['idempotency-replayed'] === 'true')).toHaveLength(3);
    expectProblem(await cancel(id, { 'idempotency-key': 'another' }), 409, 'run-ended');
  });

  test('with a body that says something → 422', async () => {
    const { id } = (await run().expect(202)).body;
    expectInvalid(await post(`/job-runs/${id}/cancellation`, { reason: 'x' }), '/reason');
  });
});
