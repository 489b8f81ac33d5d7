import type { DayReport } from '#libs/report';
import type { Job } from '#libs/work';
import { z } from 'zod';
import { firstIdAt } from './first-id.js';
import { beforeAll, nextOrders, type Walk } from './walk-orders.js';
import { whatBecame, type Became } from './what-became.js';

const most = 500;
const dayMs = 24 * 60 * 60_000;
const yesterday = (): string => new Date(Date.now() - dayMs).toISOString().slice(0, 10);

const input = z.strictObject({
  /** UTC; yesterday if left out. */
  day: z.iso.date().optional(),
});

/** How far a run has come: over all orders placed before the day was over. Any of them may have ended on it. */
export interface Reported extends Walk {
  readonly report: DayReport;
}

/**
 * Counts what happened on a day, from the streams, and asks for a mail about it: an effect that `notifications` performs, once a day however often
 * the job runs. @param written whether SHOP_EMAIL says to whom
 */
export const dailyReport = (written: boolean): Job<z.output<typeof input>, Reported> => ({
  name: 'daily-report',
  description: 'Counts the orders of the day before and mails the figures to the shop.',
  input,
  schedule: '0 6 * * *',
  overlap: 'skip',
  missed: 'once',
  singleton: true,
  stoppingWaitSeconds: 10,

  start: ({ day = yesterday() }) => ({
    ...beforeAll,
    report: {
      day,
      currency: 'EUR',
      placed: { orders: 0, amount: 0 },
      completed: { orders: 0, amount: 0 },
      cancelled: 0,
      failed: {},
      hours: Array.from({ length: 24 }, () => 0),
      products: [],
    },
  }),

  async step(tx, { report, ...so }, run) {
    const until = Date.parse(report.day) + dayMs;
    const { walk, streams, progress } = await nextOrders(tx, { ...so, until }, most, `order:${firstIdAt(until)}`);
    if (walk) return { next: { ...walk, report: addUp(report, await whatBecame(tx, streams)) }, progress };
    if (!written) {
      run.log('info', 'SHOP_EMAIL is not set: nobody is written to.');
      return { result: { report, mail: 'nobody' } };
    }
    const key = `report:${report.day}`;
    const asked = await tx.run(
      'report-ask',
      `INSERT INTO effects (key, kind, stream, lane, input) VALUES ($1, 'report', $1, 'standard', $2) ON CONFLICT DO NOTHING RETURNING key`,
      [key, JSON.stringify(report)],
    );
    return { result: { report, mail: asked.length > 0 ? 'asked for' : 'asked for before' } };
  },
});

/** Pure. */
function addUp(was: DayReport, orders: readonly Became[]): DayReport {
  const report = structuredClone(was);
  const products = new Map(report.products.map((product) => [product.sku, product]));
  for (const { lines, events } of orders) {
    const amount = lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice.amount, 0);
    for (const { event, at } of events) {
      if (at.toISOString().slice(0, 10) !== report.day) continue;
      if (event.type === 'OrderPlaced') {
        report.placed.orders += 1;
        report.placed.amount += amount;
        report.hours[at.getUTCHours()]! += 1;
      } else if (event.type === 'OrderCompleted') {
        report.completed.orders += 1;
        report.completed.amount += amount;
        for (const { sku, name, quantity, unitPrice } of lines) {
          const product = products.get(sku) ?? { sku, name, quantity: 0, amount: 0 };
          products.set(sku, { ...product, quantity: product.quantity + quantity, amount: product.amount + quantity * unitPrice.amount });
        }
      } else if (event.type === 'OrderCancelled') report.cancelled += 1;
      else if (event.type === 'OrderFailed') report.failed[event.data.reason.code] = (report.failed[event.data.reason.code] ?? 0) + 1;
    }
  }
  return { ...report, products: [...products.values()].toSorted((a, b) => b.amount - a.amount || (a.sku < b.sku ? -1 : 1)) };
}
