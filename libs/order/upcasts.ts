import { reader, type Upcasts } from '#libs/decider';
import { eventSchemas, type OrderEvent, type OrderEventType } from './events.js';

/**
 * What older shapes of an order's facts are today. To change a shape: change its schema in `events.ts`, add here what makes the new of the old
 * (`Shipped: [({ tracking }) => ({ parcels: [tracking] })]`), and a golden file (`golden/Shipped.2.json`) beside the old one.
 */
export const orderUpcasts: Upcasts<OrderEventType> = {};

export const readOrderEvent = reader<OrderEvent>(eventSchemas, orderUpcasts);
