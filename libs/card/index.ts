export { card, sealedCard, type Card } from './card.js';
export { openCard, type Opened } from './open.js';
export { algorithm, makeSealer } from './seal.js';
