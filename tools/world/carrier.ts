import { randomUUID } from 'node:crypto';
import type { Answer, Service } from './service.js';

/** An item of `GET /carrier/ledger`: no name, no address. */
export interface CarrierLedgerItem {
  readonly orderId: string;
  readonly operation: 'ship';
  readonly outcome: 'ok' | 'refused' | 'error';
  readonly tracking?: string;
  readonly at: string;
}

export interface CarrierKept {
  readonly undeliverable?: true;
}

interface Ship {
  readonly orderId: string;
  readonly shipTo: { readonly postcode: string };
}

const isUndeliverable = ({ shipTo }: Ship) => shipTo.postcode === '00000';

function ship(body: Ship): Answer {
  if (isUndeliverable(body)) return { status: 402, body: { outcome: 'refused', code: 'undeliverable' } };
  const id = randomUUID();
  return { status: 201, body: { id: `parcel_${id}`, outcome: 'ok', tracking: `BR${id.slice(24).toUpperCase()}` } };
}

const text = { type: 'string', minLength: 1, maxLength: 255 };

export const carrier: Service<CarrierKept> = {
  name: 'carrier',
  operations: [
    {
      name: 'ship',
      path: 'parcels',
      body: {
        type: 'object',
        required: ['orderId', 'shipTo'],
        // What else an address consists of is its country's business: it goes on the label, and nowhere else.
        properties: { orderId: text, shipTo: { type: 'object', required: ['postcode'], properties: { postcode: text } } },
        additionalProperties: false,
      },
      keep: (body: Ship) => (isUndeliverable(body) ? { undeliverable: true } : {}),
      decide: ship,
    },
  ],
  item: ({ orderId, operation, body, at }) =>
    ({ orderId, operation, outcome: body.outcome, tracking: body.tracking, at }) as CarrierLedgerItem,
};
