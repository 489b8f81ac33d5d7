export { Access, credentialOf } from './access.js';
export { accountLinks, orderLinks, photoLinks, renditionLink, runLinks } from './links.js';
