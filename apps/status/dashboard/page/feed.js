// The live picture of the whole shop: one stream for all of this page's parts, and none while nobody looks at the window.
import { followAs } from './session.js';

const ears = new Set();
let last;
let state = () => {};
let open;

/** Calls with each picture until the page is left, and at once with the last one. */
export function onPicture(see, signal) {
  ears.add(see);
  signal.addEventListener('abort', () => ears.delete(see));
  if (last) see(last, true);
}

export const onState = (told) => (state = told);

export function start() {
  stop();
  if (document.hidden) return;
  open = new AbortController();
  const event = (picture) => {
    last = picture;
    for (const see of ears) see(picture, false);
  };
  void followAs('/dashboard/stream', { event, state }, open.signal);
}

export function stop() {
  open?.abort();
}

document.addEventListener('visibilitychange', () => {
  if (document.hidden) stop();
  else if (open) start();
});
