export { answerOnce, Overtaken } from './answer-once.js';
export { dropExpired, keptAnswer, keyOf, onceOf, type Key, type Once } from './idempotency.js';
