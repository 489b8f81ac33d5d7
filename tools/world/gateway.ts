import { randomUUID } from 'node:crypto';
import { behaviourOf } from './cards.js';
import type { Answer, Entry, Operation, Service } from './service.js';

/** In minor units. */
export interface Money {
  readonly amount: number;
  readonly currency: string;
}

/** An item of `GET /gateway/ledger`; http-api.md promises exactly these fields. */
export interface GatewayLedgerItem {
  readonly orderId: string;
  readonly operation: 'authorise' | 'capture' | 'void' | 'refund';
  readonly outcome: 'ok' | 'declined' | 'error';
  readonly amount: Money;
  readonly at: string;
}

/** An item of the same ledger about an account. */
export interface MerchantLedgerItem {
  readonly accountId: string;
  readonly operation: 'merchant' | 'merchant-closure';
  readonly outcome: 'ok' | 'declined' | 'error';
  readonly at: string;
}

export interface PaymentKept {
  readonly amount: Money;
  readonly authorisation?: string;
  /** The card authorises, and its capture is declined. */
  readonly captureDeclined?: true;
}

/** Of a merchant's own name nothing is kept. */
interface MerchantKept {
  readonly merchant?: string;
}

export type GatewayKept = PaymentKept | MerchantKept;

interface Authorise {
  readonly orderId: string;
  readonly amount: Money;
  readonly card: { readonly number: string; readonly expiry: string; readonly cvc: string };
}

interface OnAuthorisation {
  readonly orderId: string;
  readonly authorisation: string;
  readonly amount: Money;
}

interface OpenMerchant {
  readonly accountId: string;
  readonly name: string;
}

interface CloseMerchant {
  readonly accountId: string;
  readonly merchant: string;
}

type Book = readonly Entry<PaymentKept>[];

const ok = (kind: string): Answer => ({ status: 201, body: { id: `${kind}_${randomUUID()}`, outcome: 'ok' } });
const declined = (code: string): Answer => ({ status: 402, body: { outcome: 'declined', code } });
const impossible = (code: string): Answer => ({ status: 409, body: { outcome: 'declined', code } });

export function authorise({ card }: Authorise, earlier: Book): Answer {
  const behaviour = behaviourOf(card.number);
  switch (behaviour) {
    case 'card_declined':
    case 'insufficient_funds':
    case 'incorrect_number':
      return declined(behaviour);
    case 'fails_first':
      if (!earlier.some((entry) => entry.operation === 'authorise')) return { status: 503, body: { outcome: 'error', code: 'try_again' } };
      return ok('auth');
    case 'pays':
    case 'capture_declined':
      return ok('auth');
  }
}

export function capture({ authorisation, amount }: OnAuthorisation, earlier: Book): Answer {
  const account = accountOf(authorisation, earlier);
  if (!account) return impossible('unknown_authorisation');
  if (account.voided) return impossible('already_voided');
  if (account.captured) return impossible('already_captured');
  if (!within(amount, account.authorised, 0)) return impossible('more_than_authorised');
  return account.captureDeclined ? declined('card_declined') : ok('capture');
}

export function voidAuthorisation({ authorisation }: OnAuthorisation, earlier: Book): Answer {
  const account = accountOf(authorisation, earlier);
  if (!account) return impossible('unknown_authorisation');
  if (account.captured) return impossible('already_captured');
  if (account.voided) return impossible('already_voided');
  return ok('void');
}

export function refund({ authorisation, amount }: OnAuthorisation, earlier: Book): Answer {
  const account = accountOf(authorisation, earlier);
  if (!account) return impossible('unknown_authorisation');
  if (!account.captured) return impossible('not_captured');
  if (!within(amount, account.captured, account.refunded)) return impossible('more_than_captured');
  return ok('refund');
}

/** The one name that the bank takes no money for. */
const refusedName = 'Refused Prints';

export const openMerchant = ({ name }: OpenMerchant): Answer => (name === refusedName ? declined('not_accepted') : ok('merchant'));

export function closeMerchant({ merchant }: CloseMerchant, earlier: readonly Entry<MerchantKept>[]): Answer {
  if (!earlier.some(({ operation, body }) => operation === 'merchant' && body.id === merchant)) return impossible('unknown_merchant');
  if (earlier.some(({ operation, body }) => operation === 'merchant-closure' && body.outcome === 'ok')) return impossible('already_closed');
  return ok('closure');
}

/** What the book says of an authorisation; nothing if it was not given, or given for another order. */
function accountOf(authorisation: string, earlier: Book) {
  const given = earlier.find((entry) => entry.operation === 'authorise' && entry.body.id === authorisation);
  if (!given) return undefined;
  const since = earlier.filter((entry) => entry.kept.authorisation === authorisation && entry.body.outcome === 'ok');
  return {
    authorised: given.kept.amount,
    captureDeclined: given.kept.captureDeclined ?? false,
    voided: since.some((entry) => entry.operation === 'void'),
    captured: since.find((entry) => entry.operation === 'capture')?.kept.amount,
    refunded: since.filter((entry) => entry.operation === 'refund').reduce((sum, entry) => sum + entry.kept.amount.amount, 0),
  };
}

const within = (asked: Money, limit: Money, taken: number) => asked.currency === limit.currency && taken + asked.amount <= limit.amount;

const text = { type: 'string', minLength: 1, maxLength: 255 };
const shape = (properties: object) => ({ type: 'object', required: Object.keys(properties), properties, additionalProperties: false });
const money = shape({ amount: { type: 'integer', minimum: 0 }, currency: { type: 'string', pattern: '^[A-Z]{3}$' } });
const card = shape({ number: text, expiry: text, cvc: text });
const onAuthorisation = shape({ orderId: text, authorisation: text, amount: money });

const kept = ({ amount }: { amount: Money }): Money => ({ amount: amount.amount, currency: amount.currency });

const later = (name: string, path: string, decide: (body: OnAuthorisation, earlier: Book) => Answer): Operation<GatewayKept> => ({
  name,
  path,
  body: onAuthorisation,
  keep: (body: OnAuthorisation) => ({ amount: kept(body), authorisation: body.authorisation }),
  decide,
});

export const gateway: Service<GatewayKept> = {
  name: 'gateway',
  operations: [
    {
      name: 'authorise',
      path: 'authorisations',
      body: shape({ orderId: text, amount: money, card }),
      keep: (body: Authorise) => ({
        amount: kept(body),
        ...(behaviourOf(body.card.number) === 'capture_declined' && { captureDeclined: true }),
      }),
      decide: authorise,
    },
    later('capture', 'captures', capture),
    later('void', 'voids', voidAuthorisation),
    later('refund', 'refunds', refund),
    {
      name: 'merchant',
      path: 'merchants',
      about: 'accountId',
      body: shape({ accountId: text, name: text }),
      keep: () => ({}),
      decide: openMerchant,
    },
    {
      name: 'merchant-closure',
      path: 'merchant-closures',
      about: 'accountId',
      body: shape({ accountId: text, merchant: text }),
      keep: ({ merchant }: CloseMerchant) => ({ merchant }),
      decide: closeMerchant,
    },
  ],
  item: ({ orderId, operation, body: { outcome }, kept, at }): GatewayLedgerItem | MerchantLedgerItem =>
    'amount' in kept
      ? ({ orderId, operation, outcome, amount: kept.amount, at } as GatewayLedgerItem)
      : ({ accountId: orderId, operation, outcome, at } as MerchantLedgerItem),
};
