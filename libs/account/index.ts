export { account, accountStatuses, nextFor, type Account, type AccountCommand, type AccountMail, type AccountStep } from './account.js';
export { accountEventSchemas, type AccountEvent, type AccountEventType } from './events.js';
export { accountSamples } from './samples.js';
export { accountUpcasts, readAccountEvent } from './upcasts.js';
