import { mailsDue, type Order, type OrderCommand, type OrderEvent } from '#libs/order';
import { effectKey, orders, type Consumer } from '#libs/work';

/** Writes to whoever ordered, after the state it writes of. The policy says which mails are owed; a key a kind sends each once. */
export const notifyCustomer: Consumer<OrderCommand, OrderEvent, Order> = {
  name: 'notifications',
  about: orders,
  on: ['PaymentAuthorised', 'Shipped', 'OrderCancelled', 'OrderFailed', 'NotificationSent', 'NotificationFailed'],
  // One after the other: an order's mails arrive in their order.
  react: (order, { stream }) =>
    mailsDue(order)
      .slice(0, 1)
      .map((kind) => ({ effect: 'mail', key: effectKey(stream, kind), input: { stream, kind } })),
};
