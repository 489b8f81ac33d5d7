import type { OrderFacts } from './facts.js';

/** The order of which the specs write mails. */
export const sample: OrderFacts = {
  orderId: '0190b2a4-7c1e-7d3a-9f00-3c5d8c2f10ab',
  customer: { name: 'Ada Lovelace', email: 'ada@example.com' },
  lines: [
    { name: 'Print 10 × 15', quantity: 2, unitPrice: { amount: 29, currency: 'EUR' } },
    { name: 'Canvas 60 × 90', quantity: 1, unitPrice: { amount: 128990, currency: 'EUR' } },
  ],
  total: { amount: 129048, currency: 'EUR' },
  shipTo: { name: 'Ada Lovelace', line1: '1 Main St', line2: 'Stair 4', city: 'Vienna', postcode: '1010', country: 'AT' },
  tracking: 'BR-4711',
  reason: { code: 'undeliverable', detail: 'no such postcode' },
  statusUrl: 'https://shop.example/orders/0190b2a4-7c1e-7d3a-9f00-3c5d8c2f10ab?token=abc',
};
