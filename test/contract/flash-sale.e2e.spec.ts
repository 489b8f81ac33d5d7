import pLimit from 'p-limit';
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import { startHost, type TestHost } from '../setup/host.js';
import { anOrder, place, stockOf, type Placed } from './orders.js';

let host: TestHost;
beforeAll(async () => void (host = await startHost()));
afterAll(() => host?.stop());

const few = pLimit(20);

interface Booked {
  readonly orderId: string;
  readonly operation: string;
  readonly outcome: string;
}

// Over Kafka the same with fewer: what is asked there is whether two hosts sell a piece twice.
const wanted = inject('apart') ? 200 : 1_000;

test(
  'a flash sale: 1,000 orders at once for 100 pieces → 100 are sold, and none of the others is charged',
  { timeout: 240_000 },
  async () => {
    expect(await stockOf(host, 'CANVAS-60X90')).toBe(100);
    const body = anOrder({ sku: 'CANVAS-60X90', quantity: 1 });
    const orders: Placed[] = [];
    // So many connections as a shop's door sees at once.
    await Promise.all(
      Array.from({ length: 50 }, async () => {
        for (let n = 0; n < wanted / 50; n++) orders.push(await place(host, body));
      }),
    );
    expect(orders).toHaveLength(wanted);
    await vi.waitFor(async () => expect((await host.countOf('OrderCompleted')) + (await host.countOf('OrderFailed'))).toBe(wanted), {
      timeout: 200_000,
      interval: 250,
    });
    expect(await host.countOf('OrderCompleted')).toBe(100);
    expect(await stockOf(host, 'CANVAS-60X90')).toBe(0);

    const ends = new Map<string, { status: string; reason?: { code: string } }>();
    await Promise.all(orders.map(({ id, links }) => few(async () => ends.set(id, (await host.follow(links.status).expect(200)).body))));
    const lost = [...ends].filter(([, { status }]) => status === 'failed');
    expect(lost).toHaveLength(wanted - 100);
    expect(new Set(lost.map(([, { reason }]) => reason?.code))).toEqual(new Set(['out-of-stock']));

    const charged = async (id: string): Promise<string[]> => {
      const { body: book } = await host.operator(`/gateway/ledger?orderId=${id}`).expect(200);
      return (book.items as Booked[]).map(({ operation, outcome }) => `${operation} ${outcome}`);
    };
    const wrong = await Promise.all(
      [...ends].map(([id, { status }]) =>
        few(async () => {
          const right = status === 'completed' ? 'authorise ok, capture ok' : '';
          const book = (await charged(id)).join(', ');
          return book === right ? [] : [`${id} ${status}: ${book}`];
        }),
      ),
    );
    expect(wrong.flat()).toEqual([]);
  },
);
