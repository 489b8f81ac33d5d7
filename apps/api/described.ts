import {
  accountKey,
  cancelledOrder,
  closedAccount,
  listOf,
  openedAccount,
  orderAnswer,
  placedOrder,
  product,
  queuedImport,
  uploadedPhoto,
  type RoleDescription,
} from '#libs/contract';
import { orderBody } from '#libs/placing';
import { z } from 'zod';
import { keyWanted, nothing } from './accounts/accounts-controller.js';
import { accountBody } from './accounts/open-account.js';
import { cancellation } from './api-controller.js';

const anOrder = {
  customer: { email: 'ada@example.com', name: 'Ada' },
  shipTo: { name: 'Ada', line1: '1 Main St', city: 'Vienna', postcode: '1010', country: 'AT' },
  lines: [{ sku: 'PRINT-10X15', quantity: 2 }],
  payment: { card: { number: '4242424242424242', expiry: '12/39', cvc: '123' } },
};
const csv = `reference,email,name,line1,city,postcode,country,sku,quantity,card_number,card_expiry,card_cvc
A-1,ada@example.com,Ada,1 Main St,Vienna,1010,AT,PRINT-10X15,2,4242424242424242,12/39,123
`;
const follow = ['Location', 'Cache-Control', 'Idempotency-Replayed'] as const;

/** What the front door says of itself in openapi.json. */
export const description: RoleDescription = {
  service: 'front door',
  routes: {
    'GET /products': {
      summary: 'What there is to buy',
      answers: { 200: { text: 'All products, with what is in stock.', schema: listOf(product), headers: ['Cache-Control'] } },
    },
    'GET /payment-key': {
      summary: 'The key to seal a card with',
      text: 'For `payment.sealed`: a compact JWE (`enc` A256GCM) of `{ "card": …, "jti": "<uuid>", "exp": <seconds> }`, ten minutes ahead at most, used once.',
      answers: {
        200: {
          text: 'A JWK.',
          type: 'application/jwk+json',
          schema: z.looseObject({ kty: z.string(), kid: z.string(), use: z.literal('enc'), alg: z.string() }),
        },
      },
    },
    'POST /orders': {
      summary: 'Places an order',
      text: 'Accepted is what can be judged at once; stock and payment show later, at `links.status`. With `Prefer: wait=N` the answer is the ended order, if it ends in time.',
      access: 'account',
      headers: ['Idempotency-Key', 'Prefer'],
      body: { 'application/json': { schema: orderBody, example: anOrder } },
      answers: {
        200: {
          text: 'It has ended within the time that `Prefer` allowed.',
          schema: orderAnswer,
          headers: [...follow, 'ETag', 'Preference-Applied'],
        },
        202: { text: 'It will be worked off.', schema: placedOrder, headers: [...follow, 'Retry-After'] },
      },
    },
    'POST /orders/{id}/cancellation': {
      summary: 'Cancels an order',
      text: 'A promise: the order ends `cancelled`, and what was taken is given back.',
      access: 'order',
      headers: ['Idempotency-Key'],
      body: { 'application/json': { schema: cancellation, example: { reason: 'Ordered twice.' } } },
      bodyOptional: true,
      answers: { 202: { text: 'It will be cancelled, or is already.', schema: cancelledOrder, headers: follow } },
      problems: ['order-state'],
    },
    'POST /photos': {
      summary: 'Uploads a photo',
      text: 'JPEG, PNG or WebP, at most 25 MiB and 50 megapixels. Its content decides what it is. What only decoding shows makes it `rejected` later.',
      access: 'account',
      headers: ['Idempotency-Key'],
      body: { 'multipart/form-data': { field: 'file' }, 'image/jpeg': {}, 'image/png': {}, 'image/webp': {} },
      answers: { 202: { text: 'It will be rendered.', schema: uploadedPhoto, headers: follow } },
    },
    'POST /accounts': {
      summary: 'Opens an account for whoever orders by API',
      text: 'Its steps show later, at `links.status`: the bank opens a merchant, a mail welcomes whose it is.',
      access: 'operator',
      headers: ['Idempotency-Key'],
      body: { 'application/json': { schema: accountBody, example: { name: 'Lovelace Studio', email: 'studio@example.com' } } },
      answers: { 202: { text: 'It will be provisioned.', schema: openedAccount, headers: follow } },
    },
    'POST /accounts/{id}/key': {
      summary: 'The key of an account that is ready',
      text: 'Sent as `Authorization: Bearer` with `POST /orders` and `POST /photos`. It is the same each time, as is the secret that signs the calls of its orders. With `renew` it is another from now on, and the one before stops within seconds; the secret stays.',
      access: 'operator',
      headers: ['Idempotency-Key'],
      body: { 'application/json': { schema: keyWanted, example: {} } },
      bodyOptional: true,
      answers: {
        200: { text: 'To be handed over by a safe way.', schema: accountKey, headers: ['Cache-Control', 'Idempotency-Replayed'] },
      },
      problems: ['account-state'],
    },
    'POST /accounts/{id}/closure': {
      summary: 'Closes an account',
      text: 'Its key stops within seconds. Its merchant at the bank is closed behind; whose it was is erased by `retention`.',
      access: 'operator',
      headers: ['Idempotency-Key'],
      body: { 'application/json': { schema: nothing, example: {} } },
      bodyOptional: true,
      answers: { 202: { text: 'It is closed.', schema: closedAccount, headers: follow } },
    },
    'POST /imports': {
      summary: 'Places a file of orders',
      text: 'At most 100 MiB. NDJSON: a body of `POST /orders` plus `reference` a line. CSV: RFC 4180 with a header row. A bad row spoils its order, not the others; the run’s `result` tells.',
      access: 'operator',
      headers: ['Idempotency-Key'],
      body: {
        'text/csv': { schema: z.string(), example: csv },
        'application/x-ndjson': { schema: z.string(), example: `${JSON.stringify({ reference: 'A-2', ...anOrder })}\n` },
      },
      answers: {
        202: { text: 'All of it has arrived; the run can be followed.', schema: queuedImport, headers: [...follow, 'Retry-After'] },
      },
      problems: ['job-running'],
    },
  },
};
