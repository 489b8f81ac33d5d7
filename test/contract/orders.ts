import { expect, vi } from 'vitest';
import type { TestHost } from '../setup/host.js';

export const uuidv7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
export const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

export interface OrderWish {
  readonly card?: string;
  readonly postcode?: string;
  readonly sku?: string;
  readonly quantity?: number;
  readonly email?: string;
}

/** A body of `POST /orders` that is right in everything. */
export const anOrder = ({ card, postcode = '1010', sku = 'PRINT-10X15', quantity = 2, email = 'ada@example.com' }: OrderWish = {}) => ({
  customer: { email, name: 'Ada' },
  shipTo: { name: 'Ada', line1: '1 Main St', city: 'Vienna', postcode, country: 'AT' },
  lines: [{ sku, quantity }],
  payment: { card: { number: card ?? '4242424242424242', expiry: '12/39', cvc: '123' } },
});

export interface Placed {
  readonly id: string;
  readonly status: string;
  readonly total: { amount: number; currency: string };
  readonly token: string;
  readonly links: { status: string; events: string; stream: string; cancel: string };
}

/** Of `GET /orders/{id}`, what the tests look at more than once. */
export interface Order {
  readonly status: string;
  readonly version: number;
  readonly priority: string;
  readonly progress: number;
  readonly lines: { sku: string }[];
  readonly steps: { name: string; state: string; attempts: number }[];
  readonly reason?: { code: string; detail: string };
}

export async function place(host: TestHost, body: object = anOrder()): Promise<Placed> {
  const { body: placed } = await host.http().post('/orders').send(body).expect(202);
  return placed;
}

/** The order once it is in this status; told at once if it has ended in another. */
export async function reached(host: TestHost, placed: Placed, ...wanted: string[]): Promise<Order> {
  let order!: Order;
  await vi.waitFor(
    async () => {
      order = (await host.follow(placed.links.status).expect(200)).body;
      expect(wanted).toContain(order.status);
    },
    { timeout: 60_000, interval: 25 },
  );
  return order;
}

export const stepsOf = (order: { steps: { name: string; state: string }[] }): Record<string, string> =>
  Object.fromEntries(order.steps.map(({ name, state }) => [name, state]));

/** What the simulated bank did for it: each operation with its outcome. */
export async function ledgerOf(host: TestHost, { id }: Placed): Promise<string[]> {
  const { body } = await host.operator(`/gateway/ledger?orderId=${id}`).expect(200);
  return body.items.map(({ operation, outcome }: Record<string, string>) => `${operation} ${outcome}`);
}

export async function stockOf(host: TestHost, sku: string): Promise<number> {
  const { body } = await host.http().get('/products').expect(200);
  return body.items.find((item: { sku: string }) => item.sku === sku).available;
}
