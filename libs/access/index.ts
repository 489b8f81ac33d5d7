export { Access, credentialOf } from './access.js';
