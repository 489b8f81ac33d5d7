export {
  endTypes,
  eventSchemas,
  failureCodes,
  mailKinds,
  money,
  stepNames,
  type FailureCode,
  type Line,
  type MailKind,
  type Money,
  type OrderEvent,
  type OrderEventType,
  type Reason,
  type StepName,
  type UndoName,
} from './events.js';
export { contradictionsIn, gapIn } from './history.js';
export { order, type Order, type OrderCommand } from './order.js';
export { orderSamples } from './samples.js';
export { isNext, mailsDue, next, steps, type Next } from './policy.js';
export { orderUpcasts, readOrderEvent } from './upcasts.js';
export { orderStatuses, orderView, viewFold, type OrderView, type StepView } from './view.js';
