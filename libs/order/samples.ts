import type { OrderEvent, OrderEventType } from './events.js';

type Samples = { readonly [T in OrderEventType]: Extract<OrderEvent, { type: T }>['data'] };

/** One of each fact, for asyncapi.json and for whoever tests a consumer against it. */
export const orderSamples: Samples = {
  OrderPlaced: {
    lines: [{ sku: 'PRINT-10X15', name: 'Print 10 × 15 cm', quantity: 2, unitPrice: { amount: 29, currency: 'EUR' } }],
    total: { amount: 58, currency: 'EUR' },
    priority: 'standard',
  },
  PhotosReady: {},
  PhotosRejected: { photoId: '01939a6e-7f00-7000-8000-000000000002', detail: 'The photo cannot be read.' },
  StockReserved: {},
  StockRefused: { sku: 'CANVAS-60X90', detail: 'There is not enough in stock.' },
  PaymentAuthorised: { authorisation: 'auth_1' },
  PaymentDeclined: { detail: 'The card was declined.' },
  Printed: { job: 'print_1' },
  PaymentCaptured: { capture: 'capture_1' },
  CaptureFailed: { detail: 'The bank did not give the money.' },
  HandoverStarted: {},
  Shipped: { tracking: 'parcel_1' },
  ShipmentRefused: { detail: 'The carrier does not deliver there.' },
  OrderCompleted: {},
  CancellationRequested: { detail: 'The customer asked for it.' },
  PaymentRefunded: {},
  PrintDiscarded: {},
  PaymentVoided: {},
  StockReleased: {},
  OrderCancelled: { reason: { code: 'customer-request', detail: 'The customer asked for it.' } },
  OrderFailed: { reason: { code: 'payment-declined', detail: 'The card was declined.' } },
  StepFailed: { step: 'authorise', attempt: 1, detail: 'The bank did not answer.' },
  StepWithdrawn: { step: 'print' },
  StepTimedOut: { step: 'print', detail: 'The printer has not answered in time.' },
  NotificationSent: { kind: 'order-confirmation' },
  NotificationFailed: { kind: 'order-shipped', detail: 'The address does not exist.' },
  PersonalDataErased: {},
};
