import { randomUUID } from 'node:crypto';
import type { Answer, Entry, Service } from './service.js';

/** An item of `GET /printer/ledger`. */
export interface PrinterLedgerItem {
  readonly orderId: string;
  readonly operation: 'print' | 'discard';
  readonly outcome: 'ok' | 'refused' | 'error';
  readonly pieces?: number;
  readonly job?: string;
  readonly at: string;
}

export interface PrinterKept {
  readonly pieces?: number;
  readonly job?: string;
}

interface Print {
  readonly orderId: string;
  readonly lines: readonly { readonly sku: string; readonly quantity: number; readonly photoId?: string }[];
}

interface Discard {
  readonly orderId: string;
  readonly job: string;
}

type Book = readonly Entry<PrinterKept>[];

const ok = (kind: string): Answer => ({ status: 201, body: { id: `${kind}_${randomUUID()}`, outcome: 'ok' } });
const impossible = (code: string): Answer => ({ status: 409, body: { outcome: 'refused', code } });

export function discard({ job }: Discard, earlier: Book): Answer {
  if (!earlier.some((entry) => entry.operation === 'print' && entry.body.id === job)) return impossible('unknown_job');
  const gone = earlier.some((entry) => entry.operation === 'discard' && entry.kept.job === job && entry.body.outcome === 'ok');
  return gone ? impossible('already_discarded') : ok('discard');
}

const text = { type: 'string', minLength: 1, maxLength: 255 };
const line = {
  type: 'object',
  required: ['sku', 'quantity'],
  properties: { sku: text, quantity: { type: 'integer', minimum: 1 }, photoId: text },
  additionalProperties: false,
};

export const printer: Service<PrinterKept> = {
  name: 'printer',
  operations: [
    {
      name: 'print',
      path: 'jobs',
      body: {
        type: 'object',
        required: ['orderId', 'lines'],
        properties: { orderId: text, lines: { type: 'array', minItems: 1, items: line } },
        additionalProperties: false,
      },
      keep: ({ lines }: Print) => ({ pieces: lines.reduce((sum, each) => sum + each.quantity, 0) }),
      decide: () => ok('job'),
    },
    {
      name: 'discard',
      path: 'discards',
      body: { type: 'object', required: ['orderId', 'job'], properties: { orderId: text, job: text }, additionalProperties: false },
      keep: ({ job }: Discard) => ({ job }),
      decide: discard,
    },
  ],
  item: ({ orderId, operation, body, kept, at }) =>
    ({ orderId, operation, outcome: body.outcome, job: body.outcome === 'ok' ? body.id : undefined, ...kept, at }) as PrinterLedgerItem,
};
