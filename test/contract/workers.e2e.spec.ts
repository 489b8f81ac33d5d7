import { afterAll, afterEach, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { startHost, type TestHost } from '../setup/host.js';
import { together } from '../setup/where.js';
import { anOrder, place, reached, rfc3339, type Order, type Placed } from './orders.js';
import { expectInvalid, expectProblem } from './problem.js';

let host: TestHost;
beforeAll(async () => void (host = await startHost()));
afterAll(() => host?.stop());

interface Worker {
  readonly role: string;
  readonly instances: { id: string; startedAt: string; leader: boolean; frozen: boolean }[];
  readonly lag: number;
  readonly rate: number;
  readonly paused: boolean;
}

const roles = ['api', 'fulfilment', 'jobs', 'notifications', 'payments', 'relay', 'scheduler', 'status', 'thumbnails'];
const list = async (): Promise<Worker[]> => (await host.operator('/workers').expect(200)).body.items;
const workerOf = async (role: string): Promise<Worker> => (await list()).find((one) => one.role === role)!;
const patch = (role: string, body: object) => host.http().patch(`/workers/${role}`).set(host.operatorHeaders).send(body);
const until = (check: () => void | Promise<void>, timeout = 20_000) => vi.waitFor(check, { timeout, interval: 50 });
const orderOf = async (placed: Placed): Promise<Order> => (await host.follow(placed.links.status).expect(200)).body;
const step = async (placed: Placed, name: string) => (await orderOf(placed)).steps.find((one) => one.name === name)!.state;

afterEach(async () => {
  for (const { role, paused } of await list()) if (paused) await patch(role, { paused: false }).expect(200);
});

describe('Operator’s part: GET /workers', () => {
  test('each role with its instances; one leads; what is done is counted', async () => {
    await until(async () => {
      const all = await list();
      expect(all.map(({ role }) => role)).toEqual(roles);
      for (const { instances } of all) expect(instances).toHaveLength(1);
      expect(all.filter(({ instances }) => instances[0]!.leader).map(({ role }) => role)).toEqual(['relay', 'scheduler']);
    });
    const all = await list();
    for (const { instances, lag, rate, paused } of all) {
      expect(instances[0]).toEqual({
        id: expect.stringMatching(/./),
        startedAt: expect.stringMatching(rfc3339),
        leader: expect.any(Boolean),
        frozen: false,
      });
      expect({ lag, rate, paused }).toEqual({ lag: expect.any(Number), rate: expect.any(Number), paused: false });
    }
    // Of separate hosts each has an id of its own.
    expect(new Set(all.map(({ instances }) => instances[0]!.id)).size).toBe(inject('apart') ? roles.length : 1);
    await reached(host, await place(host), 'completed');
    await until(async () => {
      for (const role of ['fulfilment', 'payments', 'relay', 'status']) expect((await workerOf(role)).rate, role).toBeGreaterThan(0);
    });
    await until(async () => {
      for (const role of ['fulfilment', 'payments', 'relay', 'status']) expect((await workerOf(role)).lag, role).toBe(0);
    });
  });
});

describe('Operator’s part: PATCH /workers/{role}', () => {
  test('a paused role takes nothing up, what comes waits for it, and the doors answer; it goes on when it is told to', async () => {
    const paused = await patch('payments', { paused: true }).expect(200);
    expect(paused.body).toMatchObject({ role: 'payments', paused: true });
    const orders = await Promise.all(Array.from({ length: 5 }, () => place(host)));
    for (const placed of orders) await reached(host, placed, 'paying');
    await until(async () => expect((await workerOf('payments')).lag).toBeGreaterThanOrEqual(orders.length));
    // Others work: one that needs no payment ends.
    await reached(host, await place(host, anOrder({ sku: 'CANVAS-60X90', quantity: 1_000 })), 'failed');
    for (const placed of orders) expect(await step(placed, 'authorise')).toBe('running');
    expect(await host.sql(`SELECT key FROM effects WHERE kind = 'authorise' AND attempts > 0`)).toHaveLength(await authorisedBefore());

    const resumed = await patch('payments', { paused: false }).expect(200);
    expect(resumed.body).toMatchObject({ role: 'payments', paused: false });
    for (const placed of orders) await reached(host, placed, 'completed');
    await until(async () => expect((await workerOf('payments')).lag).toBe(0));
  });

  test.each(['fulfilment', 'relay', 'status', 'notifications', 'api'])('%s', async (role) => {
    await patch(role, { paused: true }).expect(200);
    const placed = await place(host);
    // It is read from its stream, whoever rests.
    expect((await orderOf(placed)).version).toBeGreaterThanOrEqual(1);
    if (role === 'fulfilment' || role === 'relay') {
      await until(async () => expect((await workerOf(role)).lag).toBeGreaterThan(0));
      expect((await orderOf(placed)).status).toBe('placed');
    } else await reached(host, placed, 'completed');
    if (role === 'status') {
      expect(await host.sql(`SELECT 1 FROM order_status WHERE id = '${placed.id}'`)).toEqual([]);
    }
    await patch(role, { paused: false }).expect(200);
    await reached(host, placed, 'completed');
    await until(async () => {
      expect(await host.sql(`SELECT status FROM order_status WHERE id = '${placed.id}'`)).toEqual([{ status: 'completed' }]);
    });
  });

  together.test('it survives a restart', async () => {
    const [before] = (await workerOf('payments')).instances;
    await patch('payments', { paused: true }).expect(200);
    await host.restart();
    await until(async () => expect((await workerOf('payments')).instances.map(({ id }) => id)).not.toEqual([before!.id]));
    const placed = await place(host);
    await until(async () => expect((await workerOf('payments')).lag).toBeGreaterThan(0));
    expect(await workerOf('payments')).toMatchObject({ paused: true, instances: [{ id: expect.any(String) }] });
    expect((await orderOf(placed)).status).toBe('paying');
    await patch('payments', { paused: false }).expect(200);
    await reached(host, placed, 'completed');
  });

  test('paused, a role is no stall', async () => {
    await patch('fulfilment', { paused: true }).expect(200);
    const placed = await place(host);
    await until(async () => expect((await workerOf('fulfilment')).lag).toBeGreaterThan(0));
    const age = `UPDATE bookmarks SET due = now() - interval '2 minutes' WHERE consumer = 'fulfilment' AND stream = 'order:${placed.id}' RETURNING 1`;
    await until(async () => expect(await host.sql(age)).toHaveLength(1));
    const { body } = await host.http().get('/health');
    expect(body.details.stalled).toMatchObject({ status: 'up', overdueStreams: 0 });
  });

  test('404 for an unknown role, 422 for what is no change, 401 without the operator’s token', async () => {
    expectProblem(await patch('printers', { paused: true }), 404, 'not-found');
    expectInvalid(await patch('payments', {}), '/paused');
    expectInvalid(await patch('payments', { paused: 'yes' }), '/paused');
    expectInvalid(await patch('payments', { paused: true, role: 'x' }), '/role');
    expectProblem(await host.http().get('/workers'), 401, 'unauthorized');
    expectProblem(await host.http().patch('/workers/payments').send({ paused: true }), 401, 'unauthorized');
    expect((await workerOf('payments')).paused).toBe(false);
  });
});

together.describe('FREEZE, all roles in one process', () => {
  test('up, not ready, frozen in GET /workers; what the door takes waits until it is started without', async () => {
    const own = await startHost({ FREEZE: 'true' });
    try {
      await own.http().get('/health/live').expect(200);
      const { body } = await own.http().get('/health/ready').expect(503);
      expect(body.error).toEqual({ process: { status: 'down', message: 'frozen: FREEZE is set' } });
      const placed = await place(own);
      await until(async () => {
        const items: Worker[] = (await own.operator('/workers').expect(200)).body.items;
        expect(items.flatMap(({ instances }) => instances.map(({ frozen }) => frozen))).toEqual(roles.map(() => true));
        expect(items.find(({ role }) => role === 'relay')!.lag).toBe(1);
      });
      expect((await own.follow(placed.links.status).expect(200)).body.status).toBe('placed');
      expect((await own.sql('SELECT 1 FROM outbox')).length).toBe(1);
      await own.restart({ FREEZE: '' });
      await own.http().get('/health/ready').expect(200);
      await reached(own, placed, 'completed');
    } finally {
      await own.stop();
    }
  });
});

/** Those of orders that were authorised before the pause. */
async function authorisedBefore(): Promise<number> {
  return (await host.sql(`SELECT 1 FROM effects WHERE kind = 'authorise' AND state <> 'open'`)).length;
}
