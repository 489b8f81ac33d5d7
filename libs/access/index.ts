export { Access, credentialOf } from './access.js';
export { orderLinks, photoLinks, renditionLink, runLinks } from './links.js';
