export { loginUrl, setLogins } from './logins.js';
export { setUp } from './set-up.js';
