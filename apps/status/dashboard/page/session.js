// Who looks: the operator, by a token that stands in this tab's session and in no address.
import { follow } from './sse.js';

// The inbox knows it by the same name.
const name = 'operator-token';
const given = new URLSearchParams(location.hash.slice(1)).get('token');
if (given) {
  useToken(given);
  // Out of the address, so that it is in no bookmark and on no screenshot.
  history.replaceState(null, '', '#/');
}

let askForToken = () => {};
export const whenLocked = (ask) => (askForToken = ask);
export const hasToken = () => Boolean(sessionStorage.getItem(name));
/** @returns whether it can be one: it has to travel in a header */
export function useToken(token) {
  const fits = /^[\x21-\x7e]+$/.test(token);
  if (fits) sessionStorage.setItem(name, token);
  return fits;
}

/** Of the front door where that is a service of its own; empty where it answers here. */
const frontDoor = document.documentElement.dataset.frontDoor;
export const front = (path) => `${frontDoor}${path}`;

/** A link of an answer as an address of this page: links are made of the services' own names, by which the page need not have been opened. */
export function here(link) {
  const { pathname, search } = new URL(link, location.origin);
  return `${pathname}${search}`;
}

export const bearer = () => ({ authorization: `Bearer ${sessionStorage.getItem(name)}` });

/** What was refused, as a sentence. `status` is the answer's. */
export class Refused extends Error {
  name = 'Refused';

  constructor(status, { detail, title, errors } = {}) {
    const where = errors?.map((one) => `${one.pointer ?? one.parameter}: ${one.detail}`).join(' ');
    super(where || detail || title || `That did not work (${status}).`);
    this.status = status;
  }
}

/** `/health`, which says what is down with a status of its own. */
export async function health(signal) {
  const answer = await fetch('/health', { signal }).catch(away);
  return answer.json();
}

function away(error) {
  throw error.name === 'AbortError' ? error : new Refused(0, { detail: 'The shop does not answer.' });
}

async function request(address, { located = false, method = 'GET', body, headers = {}, signal } = {}) {
  const file = body instanceof Blob;
  const json = body === undefined || file ? {} : { 'content-type': 'application/json' };
  const answer = await fetch(address, {
    method,
    signal,
    headers: { accept: 'application/json', ...json, ...headers },
    body: body === undefined || file ? body : JSON.stringify(body),
  }).catch(away);
  if (answer.ok && located) return here(answer.headers.get('location')).split(/[/?]/).at(2);
  if (answer.ok) return answer.status === 204 ? undefined : answer.json();
  throw new Refused(answer.status, await answer.json().catch(() => ({})));
}

/** As the operator. */
export async function api(path, options = {}) {
  try {
    return await request(path, { ...options, headers: { ...bearer(), ...options.headers } });
  } catch (error) {
    if (error.status === 401) askForToken();
    throw error;
  }
}

/** The same of what answers with a `Location`. @returns the id that stands in it: of `/job-runs/{id}` */
export const located = (path, options) => api(path, { ...options, located: true });

/** As anybody: what the shop's customers do. */
export const asCustomer = request;

/** Follows a stream of this service as the operator. */
export const followAs = (path, on, signal) =>
  follow(
    async (headers, until) => {
      const answer = await fetch(path, { headers: { ...headers, ...bearer() }, signal: until });
      if (answer.status === 401) askForToken();
      return answer;
    },
    on,
    signal,
  );
