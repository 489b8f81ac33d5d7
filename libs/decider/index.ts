export { isRefusal, type Decider, type Fold, type Refusal } from './decider.js';
export { reader, shapeToday, type Stored, type Upcast, type Upcasts } from './upcast.js';
