export { isRefusal, type Decider, type Fold, type Refusal } from './decider.js';
