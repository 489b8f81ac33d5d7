export { startWorld, type World, type WorldOptions } from './world.js';
export type { GatewayLedgerItem, Money } from './gateway.js';
export type { PrinterLedgerItem } from './printer.js';
export type { CarrierLedgerItem } from './carrier.js';
export type { Fault } from './faults.js';
export type { ServiceName } from './service.js';
