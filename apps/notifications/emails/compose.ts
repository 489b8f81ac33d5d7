import type { MailKind } from '#libs/order';
import type { OrderFacts } from './facts.js';
import type { Mail } from './mail.js';
import { orderCancelled } from './order-cancelled.js';
import { orderConfirmation } from './order-confirmation.js';
import { orderShipped } from './order-shipped.js';

const letters: Record<MailKind, (facts: OrderFacts) => Mail> = {
  'order-confirmation': orderConfirmation,
  'order-shipped': orderShipped,
  'order-cancelled': orderCancelled,
};

/** Writes a mail. Pure; throws only for what no order has, such as a currency that isn't one. */
export const compose = (kind: MailKind, facts: OrderFacts): Mail => letters[kind](facts);
