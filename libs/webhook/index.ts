export { bare, faultOfCallback, isAllowedHost, type CallbackRules } from './callback-url.js';
export { guardedLookup, NotPublic, type Resolve } from './lookup.js';
export { signatureOf, webhookSecret } from './secret.js';
