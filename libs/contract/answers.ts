import { accountStatuses } from '#libs/account';
import { problems } from '#libs/host';
import { failureCodes, mailKinds, money, orderStatuses, stepNames } from '#libs/order';
import { z } from 'zod';

/** Answers, as they are shown. Strict: a field that stands in none of these is not told of, and a test finds it. */

const at = z.iso.datetime();
const id = z.uuid();
const link = z.url();
/** With `next` where the list has pages. */
export const listOf = <T extends z.ZodType>(item: T) => z.strictObject({ items: z.array(item) });
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.strictObject({ items: z.array(item), next: z.string().nullable().describe('The `cursor` of the next page; null on the last.') });

export const moneyAnswer = z
  .strictObject(money.shape)
  .meta({ id: 'Money', description: 'In minor units: 1999 EUR are 19.99 €.', examples: [{ amount: 1999, currency: 'EUR' }] });

export const problemAnswer = z
  .strictObject({
    type: z.string().describe(`\`<status service>/problems/<slug>\`, where a sentence can be read: ${Object.keys(problems).join(', ')}.`),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string().describe('`urn:uuid:<request id>`, or `urn:request:<id>`.'),
    errors: z
      .array(
        z.union([
          z.strictObject({ pointer: z.string().describe('RFC 6901, into the body; `""` is the body itself.'), detail: z.string() }),
          z.strictObject({ parameter: z.string().describe('Of the query, or a header.'), detail: z.string() }),
        ]),
      )
      .optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457.' });

export const product = z
  .strictObject({ sku: z.string(), name: z.string(), price: moneyAnswer, available: z.int() })
  .meta({ id: 'Product' });

export const sold = z.strictObject({ day: z.iso.date(), sku: z.string(), quantity: z.int(), revenue: moneyAnswer }).meta({ id: 'Sold' });

const orderLinks = z.strictObject({ status: link, events: link, stream: link, cancel: link });

export const placedOrder = z
  .strictObject({
    id,
    status: z.literal('placed'),
    total: moneyAnswer,
    token: z.string().describe('Opens this order, as `Authorization: Bearer` or `?token=`. Every link carries it already.'),
    links: orderLinks,
    webhookSecret: z
      .string()
      .regex(/^whsec_/)
      .optional()
      .describe(
        'Signs the calls to its `callbackUrl`. Those of an order placed by an account’s key are signed with the account’s own, which is not told here.',
      ),
  })
  .meta({ id: 'PlacedOrder' });

export const cancelledOrder = z.strictObject({ id, status: z.literal('cancelling'), links: z.strictObject({ status: link }) });

const step = z
  .strictObject({
    name: z.enum(stepNames),
    state: z.enum(['pending', 'running', 'done', 'failed', 'compensating', 'compensated', 'skipped']),
    attempts: z.int(),
    startedAt: at.nullable(),
    endedAt: at.nullable(),
    detail: z.string().nullable(),
  })
  .meta({ id: 'Step' });

const progress = z.int().min(0).max(100).describe('Never falls; 100 exactly when ended.');

export const orderAnswer = z
  .strictObject({
    id,
    status: z.enum(orderStatuses),
    version: z.int(),
    placedAt: at,
    updatedAt: at,
    customer: z.strictObject({ email: z.string(), name: z.string() }).nullable().describe('Null once erased.'),
    lines: z.array(
      z.strictObject({ sku: z.string(), name: z.string(), quantity: z.int(), unitPrice: moneyAnswer, photoId: z.string().optional() }),
    ),
    total: moneyAnswer,
    priority: z.enum(['standard', 'express']),
    steps: z.array(step),
    progress,
    reason: z.strictObject({ code: z.enum(failureCodes), detail: z.string() }).optional(),
    notifications: z.array(z.strictObject({ kind: z.enum(mailKinds), state: z.enum(['pending', 'sent', 'failed']), at })),
    erased: z.literal(true).optional(),
    links: orderLinks,
  })
  .meta({ id: 'Order' });

const event = { version: z.int().min(1), type: z.string(), at, data: z.looseObject({}) };
export const eventAnswer = z
  .strictObject(event)
  .meta({ id: 'Event', description: 'A fact of a stream: its shape by `type` stands in asyncapi.json.' });
export const streamedOrder = z.strictObject({ ...event, status: z.enum(orderStatuses), progress }).meta({ id: 'StreamedEvent' });

export const moment = z
  .strictObject({
    at,
    kind: z.enum(['event', 'attempt', 'wait', 'email', 'webhook', 'dead-letter']),
    summary: z.string(),
    data: z.looseObject({}),
  })
  .meta({ id: 'Moment' });

export const photoStatuses = ['uploaded', 'rendering', 'ready', 'rejected'] as const;
const photoLinks = z.strictObject({ status: link, stream: link });
export const uploadedPhoto = z
  .strictObject({ id, status: z.literal('uploaded'), token: z.string(), links: photoLinks })
  .meta({ id: 'UploadedPhoto' });
export const photoAnswer = z
  .strictObject({
    id,
    status: z.enum(photoStatuses),
    width: z.int().optional(),
    height: z.int().optional(),
    renditions: z.array(
      z.strictObject({ name: z.enum(['thumb', 'preview', 'proof']), width: z.int(), height: z.int(), contentType: z.string(), url: link }),
    ),
    reason: z.string().optional(),
    links: photoLinks,
  })
  .meta({ id: 'Photo' });

const accountLinks = z.strictObject({ status: link, events: link, stream: link });
export const openedAccount = z.strictObject({ id, status: z.literal('opening'), links: accountLinks }).meta({ id: 'OpenedAccount' });
export const accountKey = z.strictObject({ key: z.string().regex(/^bk_/), webhookSecret: z.string().regex(/^whsec_/) });
export const closedAccount = z.strictObject({ id, status: z.literal('closed'), links: accountLinks });
export const accountAnswer = z
  .strictObject({
    id,
    status: z.enum(accountStatuses),
    version: z.int(),
    openedAt: at,
    updatedAt: at,
    endedAt: at.nullable().describe('When it was refused, or closed.'),
    customer: z.strictObject({ name: z.string(), email: z.string() }).nullable().describe('Null once erased.'),
    ordersPerMinute: z.int().describe('How many requests may come by its key in a minute, as each process of the front door counts them.'),
    keyNumber: z.int().min(1).describe('Which of its keys is good: the first, the second, …'),
    steps: z.array(
      z.strictObject({
        name: z.enum(['merchant', 'welcome', 'refusal']),
        state: z.enum(['pending', 'done', 'failed', 'compensated']),
        at: at.nullable(),
        detail: z.string().nullable(),
      }),
    ),
    reason: z.string().optional().describe('Why the bank refused it.'),
    erased: z.literal(true).optional(),
    links: accountLinks,
  })
  .meta({ id: 'Account' });
export const streamedAccount = z.strictObject({ ...event, status: z.enum(accountStatuses) });

const outcome = z.enum(['ok', 'declined', 'error']);
export const ledgerEntry = z.union([
  z.strictObject({
    orderId: z.string(),
    operation: z.enum(['authorise', 'capture', 'void', 'refund']),
    outcome,
    amount: moneyAnswer,
    at,
  }),
  z.strictObject({ accountId: z.string(), operation: z.enum(['merchant', 'merchant-closure']), outcome, at }),
]);

const runLinks = z.strictObject({ status: link, log: link, cancel: link });

export const runAnswer = z
  .strictObject({
    id,
    job: z.string(),
    state: z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelling', 'cancelled']),
    trigger: z.enum(['http', 'schedule', 'folder', 'cli']),
    progress: z.number(),
    startedAt: at.nullable(),
    endedAt: at.nullable(),
    result: z.unknown(),
    links: runLinks,
  })
  .meta({ id: 'JobRun' });

export const queuedImport = z.strictObject({ id, job: z.literal('import'), state: z.literal('queued'), links: runLinks });

export const jobAnswer = z
  .strictObject({
    name: z.string(),
    description: z.string(),
    enabled: z.boolean(),
    schedule: z.string().nullable(),
    timeZone: z.string(),
    overlap: z.enum(['skip', 'queue', 'allow']),
    singleton: z.boolean(),
    stoppingWaitSeconds: z.number(),
    nextRunAt: at.nullable(),
    runs: z.array(runAnswer).describe('The last 20, newest first.'),
  })
  .meta({ id: 'Job' });

export const logLine = z.strictObject({ at, level: z.enum(['info', 'error']), message: z.string() });

export const deadLetter = z
  .strictObject({
    id,
    topic: z.string(),
    consumer: z.string(),
    key: z.string().nullable().describe('The stream; of what nobody could read the key it came with.'),
    type: z.string().nullable(),
    cause: z.strictObject({ message: z.string() }),
    attempts: z.int(),
    firstFailedAt: at,
    lastFailedAt: at,
    message: z.unknown(),
  })
  .meta({ id: 'DeadLetter' });

export const redriven = z.strictObject({ redriven: z.array(id).describe('The ids of those that are tried again.') });

export const dryRedriven = listOf(
  z.strictObject({
    ...deadLetter.shape,
    next: z.looseObject({}).nullable().optional().describe('What would be decided for its order now; null for nothing.'),
    error: z.string().optional().describe('Why its stream cannot be read.'),
  }),
);

export const worker = z
  .strictObject({
    role: z.string(),
    instances: z.array(z.strictObject({ id: z.string(), startedAt: at, leader: z.boolean(), frozen: z.boolean() })),
    lag: z.int().nullable().describe('What waits for it; null while the broker does not answer.'),
    rate: z.number().describe('Done a second, lately.'),
    paused: z.boolean(),
  })
  .meta({ id: 'Worker' });

const entries = z.record(z.string(), z.looseObject({ status: z.enum(['up', 'down']) }));
export const healthAnswer = z
  .strictObject({ status: z.enum(['ok', 'error', 'shutting_down']), info: entries, error: entries, details: entries })
  .meta({ id: 'Health' });

export const letter = z.looseObject({ id, links: z.looseObject({ self: link, raw: link }) }).meta({ id: 'Letter' });
