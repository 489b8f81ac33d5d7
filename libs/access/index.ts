export { Access, credentialOf } from './access.js';
export { orderLinks } from './order-links.js';
