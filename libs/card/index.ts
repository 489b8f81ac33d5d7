export { card, sealedCard, type Card } from './card.js';
export { looksLikeCard } from './card-like.js';
export { makeOpener, type Opened } from './open.js';
export { openClients } from './open-clients.js';
export { algorithm, makeSealer } from './seal.js';
