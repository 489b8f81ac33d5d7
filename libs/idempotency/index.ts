export { dropExpired, keepAnswer, keptAnswer, keyOf, onceOf, type Key, type Once } from './idempotency.js';
