export { fold, UnknownEvent, type Aggregate } from './aggregate.js';
export { makeAsk, type Ask } from './ask.js';
export { batcher } from './batcher.js';
export type { Consumer, Reaction } from './consumer.js';
export type { Effect, Outcome, Settled } from './effect.js';
export { isOutage } from './outage.js';
export { ConsumerRunner, type ConsumerParts, type EffectDesk } from './run-consumer.js';
export { EffectRunner, type EffectParts, type Performed } from './run-effects.js';
