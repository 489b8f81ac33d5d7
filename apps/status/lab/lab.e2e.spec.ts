import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ledgerOf, place, reached } from '../../../test/contract/orders.js';
import { startHost, type TestHost } from '../../../test/setup/host.js';

describe('the lab', () => {
  let host: TestHost;
  beforeAll(async () => void (host = await startHost({ LAB: 'true' })));
  afterAll(() => host?.stop());
  const put = (service: string, body: object) => host.http().put(`/lab/faults/${service}`).set(host.operatorHeaders).send(body);

  it('is the operator’s', async () => {
    await host.http().get('/lab').expect(401);
    await host.http().put('/lab/faults/gateway').send({ refuse: true }).expect(401);
    await host.http().delete('/lab/faults').expect(401);
    await host.http().post('/lab/messages').send({ orders: 1 }).expect(401);
    expect((await host.operator('/lab').expect(200)).body).toEqual({ faults: { gateway: [], printer: [], carrier: [] } });
  });

  it('refuses what breaks nothing', async () => {
    await put('gateway', {}).expect(422);
    await put('gateway', { delayMs: -1 }).expect(422);
    await put('gateway', { orderId: 'x', refuse: true }).expect(422);
    await put('tax-office', { refuse: true }).expect(404);
    await host.http().post('/lab/messages').set(host.operatorHeaders).send({ orders: 0 }).expect(422);
  });

  it('breaks a service until all is well again', async () => {
    expect((await put('carrier', { refuse: true }).expect(200)).body.faults.carrier).toEqual([{ refuse: true }]);
    const placed = await place(host);
    await reached(host, placed, 'shipping');
    await host.http().delete('/lab/faults').set(host.operatorHeaders).expect(204);
    await reached(host, placed, 'completed');
  });

  it('has everybody hear once more of the newest orders, and nothing is done twice', async () => {
    const placed = await place(host);
    await reached(host, placed, 'completed');
    const before = await ledgerOf(host, placed);
    const { body } = await host.http().post('/lab/messages').set(host.operatorHeaders).send({ orders: 1 }).expect(202);
    expect(body).toEqual({ orders: 1, news: expect.any(Number) });
    expect(body.news).toBeGreaterThanOrEqual(9);
    await expect
      .poll(async () => (await host.sql<{ n: number }>('SELECT count(*)::int AS n FROM outbox'))[0]!.n, { timeout: 30_000 })
      .toBe(0);
    expect(await ledgerOf(host, placed)).toEqual(before);
  });

  it('is nowhere in production, and not on a database that was given unless one says so', async () => {
    await host.restart({ NODE_ENV: 'production' });
    await host.operator('/lab').expect(404);
    await host.restart({ LAB: 'false' });
    await host.operator('/lab').expect(404);
  });
});
