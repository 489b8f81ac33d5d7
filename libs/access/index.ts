export { Access, credentialOf } from './access.js';
export { orderLinks, photoLinks, renditionLink } from './links.js';
