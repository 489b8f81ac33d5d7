import { reader, type Upcasts } from '#libs/decider';
import { accountEventSchemas, type AccountEvent, type AccountEventType } from './events.js';

/** What older shapes of an account's facts are today: as an order's, in `libs/order/upcasts.ts`. */
export const accountUpcasts: Upcasts<AccountEventType> = {};

export const readAccountEvent = reader<AccountEvent>(accountEventSchemas, accountUpcasts);
