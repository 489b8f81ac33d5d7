import { z } from 'zod';

/** Minor units: `{ amount: 1999, currency: 'EUR' }` is 19.99 €. */
export const money = z.object({ amount: z.int().nonnegative(), currency: z.literal('EUR') });
export type Money = z.infer<typeof money>;

/** A line as accepted: name and price are those of the moment of ordering, whatever the catalogue says later. */
export const line = z.object({
  sku: z.string(),
  name: z.string(),
  quantity: z.int().positive(),
  unitPrice: money,
  photoId: z.string().optional(),
});
export type Line = z.infer<typeof line>;

/** The steps of an order, in the order in which they are taken. */
export const stepNames = ['photos', 'reserve', 'authorise', 'print', 'capture', 'ship'] as const;
export type StepName = (typeof stepNames)[number];

/** The steps that take a step back, each named after what it undoes. */
export const undoNames = ['refund', 'discard', 'void', 'release'] as const;
export type UndoName = (typeof undoNames)[number];

export const mailKinds = ['order-confirmation', 'order-shipped', 'order-cancelled'] as const;
export type MailKind = (typeof mailKinds)[number];

export const failureCodes = [
  'photo-rejected',
  'out-of-stock',
  'payment-declined',
  'capture-failed',
  'undeliverable',
  'step-timeout',
  'customer-request',
] as const;
export type FailureCode = (typeof failureCodes)[number];

export const reason = z.object({ code: z.enum(failureCodes), detail: z.string() });
export type Reason = z.infer<typeof reason>;

const nothing = z.object({});
const why = z.object({ detail: z.string() });

/**
 * Every fact an order's stream can hold. Facts with ids: who the customer is, where the parcel goes and which card pays stand in
 * `personal` and the vault, never here. A published shape is never changed; what must change gets a new one and an upcast (`upcasts.ts`).
 */
export const eventSchemas = {
  OrderPlaced: z.object({ lines: z.array(line).min(1), total: money, priority: z.enum(['standard', 'express']) }),
  PhotosReady: nothing,
  PhotosRejected: z.object({ photoId: z.string(), detail: z.string() }),
  StockReserved: nothing,
  StockRefused: z.object({ sku: z.string(), detail: z.string() }),
  PaymentAuthorised: z.object({ authorisation: z.string() }),
  PaymentDeclined: why,
  Printed: z.object({ job: z.string() }),
  PaymentCaptured: z.object({ capture: z.string() }),
  CaptureFailed: why,
  HandoverStarted: nothing,
  Shipped: z.object({ tracking: z.string() }),
  ShipmentRefused: why,
  OrderCompleted: nothing,
  CancellationRequested: z.object({ detail: z.string() }),
  PaymentRefunded: nothing,
  PrintDiscarded: nothing,
  PaymentVoided: nothing,
  StockReleased: nothing,
  OrderCancelled: z.object({ reason }),
  OrderFailed: z.object({ reason }),
  StepFailed: z.object({ step: z.enum([...stepNames, ...undoNames]), attempt: z.int().positive(), detail: z.string() }),
  StepWithdrawn: z.object({ step: z.enum(stepNames) }),
  StepTimedOut: z.object({ step: z.enum(stepNames), detail: z.string() }),
  NotificationSent: z.object({ kind: z.enum(mailKinds) }),
  NotificationFailed: z.object({ kind: z.enum(mailKinds), detail: z.string() }),
  PersonalDataErased: nothing,
} as const;

/** After one of these an order has ended. */
export const endTypes: readonly string[] = ['OrderCompleted', 'OrderCancelled', 'OrderFailed'];

export type OrderEventType = keyof typeof eventSchemas;
/** One fact, typed by its name. */
export type OrderEvent = { [T in OrderEventType]: { readonly type: T; readonly data: z.infer<(typeof eventSchemas)[T]> } }[OrderEventType];
