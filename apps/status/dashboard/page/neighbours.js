// What may be here and may not: a service of an older build, or of fewer roles, is shown as what it is.
import { bearer, hasToken } from './session.js';

const asked = new Map();

/** Whether something answers there, whoever may see it. */
export function isThere(path) {
  if (!asked.has(path)) {
    const answer = fetch(path, { method: 'HEAD', headers: { accept: 'text/html', ...(hasToken() && bearer()) } });
    asked.set(
      path,
      answer.then(
        ({ status }) => status !== 404,
        () => false,
      ),
    );
  }
  return asked.get(path);
}
