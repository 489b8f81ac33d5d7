import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startHost, type TestHost } from '../setup/host.js';
import { anOrder, place, reached } from './orders.js';
import { expectProblem } from './problem.js';

let host: TestHost;
beforeAll(async () => void (host = await startHost()));
afterAll(() => host?.stop());

const buy = async (card: string | undefined, ...skus: [sku: string, quantity: number][]) => {
  const lines = skus.map(([sku, quantity]) => ({ sku, quantity }));
  return reached(host, await place(host, { ...anOrder({ card }), lines }), 'completed', 'failed');
};
/** Runs a job to its end. */
async function run(job: string) {
  const { body } = await host.http().post(`/jobs/${job}/runs`).set(host.operatorHeaders).expect(202);
  return vi.waitFor(
    async () => {
      const shown = (await host.operator(new URL(body.links.status).pathname).expect(200)).body;
      expect(shown).toMatchObject({ job, state: 'succeeded', progress: 100 });
      return shown;
    },
    { timeout: 30_000, interval: 50 },
  );
}
const sales = (query: string) => host.operator(`/reports/sales${query}`);
const related = async (sku: string): Promise<string[]> =>
  (await host.http().get(`/products/${sku}/related`).expect(200)).body.items.map((item: { sku: string }) => item.sku);
const dayOf = (at: Date | string) => new Date(at).toISOString().slice(0, 10);
const day = 86_400_000;

test('before any run there is nothing to show', async () => {
  expect((await sales('?from=2026-01-01&to=2027-01-01').expect(200)).body).toEqual({ items: [] });
  expect(await related('PRINT-10X15')).toEqual([]);
});

describe('Status service: GET /reports/sales', () => {
  test('what completed orders had, by UTC day and product, as of the last run', async () => {
    await buy(undefined, ['PRINT-10X15', 3], ['PRINT-13X18', 1]);
    const { lines } = (await buy(undefined, ['PRINT-10X15', 2])) as unknown as { lines: { unitPrice: { amount: number } }[] };
    await buy('4000000000000002', ['PRINT-10X15', 7]);
    expect((await run('sales-totals')).result).toEqual({ orders: 2 });
    const now = Date.now();
    const { body, headers } = await sales(`?from=${dayOf(new Date(now - day))}&to=${dayOf(new Date(now))}`).expect(200);
    expect(headers['cache-control']).toBe('no-store');
    const amount = 5 * lines[0]!.unitPrice.amount;
    const prints = body.items.filter((item: { sku: string }) => item.sku === 'PRINT-10X15');
    expect(prints).toEqual([
      { day: expect.stringMatching(/^\d{4}-\d\d-\d\d$/), sku: 'PRINT-10X15', quantity: 5, revenue: { amount, currency: 'EUR' } },
    ]);
    expect(body.items.map((item: { sku: string }) => item.sku)).toEqual(['PRINT-10X15', 'PRINT-13X18']);
    const that = prints[0].day as string;
    expect((await sales(`?from=${that}&to=${that}`).expect(200)).body).toEqual(body);
    expect((await sales(`?from=2020-01-01&to=${dayOf(new Date(Date.parse(that) - day))}`).expect(200)).body.items).toEqual([]);
    expect((await sales(`?from=${dayOf(new Date(Date.parse(that) + day))}&to=9999-12-31`).expect(200)).body.items).toEqual([]);
  });

  test('the operator’s: 401', async () => {
    expectProblem(await host.http().get('/reports/sales?from=2026-01-01&to=2026-01-02'), 401, 'unauthorized');
  });

  test.each([
    ['', ['from', 'to']],
    ['?from=2026-01-01', ['to']],
    ['?to=2026-01-01', ['from']],
    ['?from=2026-01-02&to=2026-01-01', ['to']],
    ['?from=2026-02-30&to=2026-03-01', ['from']],
    ['?from=0000-01-01&to=2026-03-01', ['from']],
    ['?from=yesterday&to=2026-03-01T00:00:00Z', ['from', 'to']],
  ])('%s → 422 at the parameter', async (query, parameters) => {
    const answer = await sales(query);
    expectProblem(answer, 422, 'invalid');
    expect(answer.body.errors.map(({ parameter }: { parameter: string }) => parameter)).toEqual(parameters);
  });
});

describe('Status service: GET /products/{sku}/related', () => {
  test('what was bought together, the most often first, shown as products are', async () => {
    await buy(undefined, ['CANVAS-60X90', 1], ['PRINT-13X18', 1], ['PRINT-10X15', 1]);
    await buy(undefined, ['CANVAS-60X90', 1], ['PRINT-13X18', 2]);
    await run('related-products');
    expect(await related('CANVAS-60X90')).toEqual(['PRINT-13X18', 'PRINT-10X15']);
    const { body: products } = await host.http().get('/products').expect(200);
    const { body } = await host.http().get('/products/CANVAS-60X90/related').expect(200);
    expect(products.items).toEqual(expect.arrayContaining(body.items));
  });

  test('an unknown product → 404', async () => {
    expectProblem(await host.http().get('/products/NOTHING/related'), 404, 'not-found');
  });
});
