import type { Stored } from '#libs/decider';
import { endTypes, readOrderEvent, type Line, type OrderEvent } from '#libs/order';
import type { DayReport } from '#libs/report';
import type { Tx } from '#libs/store';
import type { Job } from '#libs/work';
import { z } from 'zod';

const most = 500;
const dayMs = 24 * 60 * 60_000;
const yesterday = (): string => new Date(Date.now() - dayMs).toISOString().slice(0, 10);

const input = z.strictObject({
  /** UTC; yesterday if left out. */
  day: z.iso.date().optional(),
});

/** How far a run has come. */
export interface Reported {
  /** The last order seen. */
  readonly stream: string;
  /** Milliseconds since 1970: when the first order was placed. */
  readonly since?: number;
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
    stream: 'order:',
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

  async step(tx, { stream, since, report }, run) {
    const end = Date.parse(report.day) + dayMs;
    const page = await nextOrders(tx, stream, end);
    const last = page.at(-1);
    if (last) {
      const from = since ?? placedMs(page[0]!);
      const next = { stream: last, since: from, report: addUp(report, await factsOf(tx, page)) };
      return { next, progress: Math.min(99, Math.max(0, ((placedMs(last) - from) / (end - from)) * 100)) || 0 };
    }
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

/** Those placed before the day was over, in the order of their names. Any of them may have ended on it. */
async function nextOrders(tx: Pick<Tx, 'run'>, after: string, endMs: number): Promise<readonly string[]> {
  const hex = endMs.toString(16).padStart(12, '0');
  const rows = await tx.run<{ stream: string }>(
    'report-orders',
    'SELECT stream FROM events WHERE version = 1 AND stream > $1 AND stream < $2 ORDER BY stream LIMIT $3',
    [after, `order:${hex.slice(0, 8)}-${hex.slice(8)}`, most],
  );
  return rows.map(({ stream }) => stream);
}

/** A UUIDv7 begins with the milliseconds since 1970. */
const placedMs = (stream: string): number => parseInt(stream.slice('order:'.length).replaceAll('-', '').slice(0, 12), 16);

interface Told {
  readonly lines: readonly Line[];
  readonly events: readonly { readonly event: OrderEvent; readonly at: Date }[];
}

async function factsOf(tx: Pick<Tx, 'run'>, streams: readonly string[]): Promise<readonly Told[]> {
  const rows = await tx.run<Stored & { stream: string; at: Date }>(
    'report-facts',
    `SELECT e.* FROM unnest($1::text[]) AS wanted (stream) CROSS JOIN LATERAL (
       SELECT stream, type, data, meta, at FROM events WHERE stream = wanted.stream AND type = ANY ($2)) e`,
    [streams, ['OrderPlaced', ...endTypes]],
  );
  const told = new Map<string, { lines: readonly Line[]; events: { event: OrderEvent; at: Date }[] }>();
  for (const { stream, at, ...fact } of rows) {
    const event = readOrderEvent(fact);
    if (!event) continue;
    const one = told.get(stream) ?? { lines: [], events: [] };
    const lines = event.type === 'OrderPlaced' ? event.data.lines : one.lines;
    told.set(stream, { lines, events: [...one.events, { event, at }] });
  }
  return [...told.values()];
}

/** Pure. */
function addUp(was: DayReport, orders: readonly Told[]): DayReport {
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
