export { loginUrl, setLogins } from './logins.js';
export { migrateSettings } from './settings.js';
export { setUp } from './set-up.js';
