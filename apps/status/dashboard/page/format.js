// How things are said. Nothing here touches the page.

export const money = ({ amount, currency }) => new Intl.NumberFormat('en', { style: 'currency', currency }).format(amount / 100);

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit' });
const sameDay = (a, b) => a.toDateString() === b.toDateString();

/** `14:03:12`, with its day where that is not today. */
export const time = (at, now = new Date()) => {
  if (!at) return '–';
  const then = new Date(at);
  return (sameDay(then, now) ? clock : day).format(then);
};

/** `340 ms`, `4.2 s`, `3 min`, `2 h 5 min`, `3 d`. */
export function duration(ms) {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1)} s`;
  if (ms < 90_000) return `${Math.round(ms / 1_000)} s`;
  const minutes = Math.round(ms / 60_000);
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 1_440) return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return `${Math.round(minutes / 1_440)} d`;
}

export const ago = (at, now = Date.now()) => {
  const ms = now - Date.parse(at);
  return ms < 1_000 ? 'just now' : `${duration(ms)} ago`;
};

export const count = (n) => new Intl.NumberFormat('en').format(n);

/** The end of an id: ids of one moment begin alike. */
export const short = (id) => id.slice(-8);

const tones = {
  placed: 'soft',
  paying: 'warn',
  printing: 'violet',
  shipping: 'busy',
  completed: 'good',
  cancelling: 'warn',
  cancelled: 'soft',
  failed: 'bad',
  uploaded: 'soft',
  rendering: 'busy',
  ready: 'good',
  rejected: 'bad',
  opening: 'busy',
  refused: 'bad',
  closed: 'soft',
  queued: 'soft',
  running: 'busy',
  succeeded: 'good',
  up: 'good',
  down: 'bad',
  sent: 'good',
  pending: 'busy',
  paused: 'warn',
  frozen: 'warn',
  ended: 'bad',
  kept: 'good',
  broken: 'bad',
};
export const toneOf = (status) => tones[status] ?? 'soft';

/** Of an event, by what it tells: what went wrong, what is undone, what goes on. */
export const toneOfEvent = (type) => {
  if (/(Failed|TimedOut|Declined|Refused|Rejected)$/.test(type)) return type === 'StepFailed' ? 'warn' : 'bad';
  if (/(Refunded|Discarded|Voided|Released|Cancelled|Withdrawn|Requested)$/.test(type)) return 'warn';
  return type.startsWith('Notification') ? 'busy' : 'good';
};

/** `PaymentAuthorised` → `Payment authorised`. */
export const words = (type) => {
  const apart = type.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
  return apart.charAt(0).toUpperCase() + apart.slice(1);
};

/** What `/health` says of an entry, in words: `{ count: 3, oldestSeconds: 0.2 }` → `count 3, oldest 200 ms`. */
export function details({ status: _, responseTime, message, groups, ...rest }) {
  if (message) return message;
  if (groups) return behind(groups);
  const said = Object.entries(rest)
    .filter(([, value]) => typeof value !== 'object')
    .map(([name, value]) => part(name, value));
  return said.join(', ') || (responseTime === undefined ? 'well' : `answers in ${Math.round(responseTime)} ms`);
}

function behind(groups) {
  const late = Object.entries(groups).filter(([, { messages }]) => messages > 0);
  return late.map(([group, { messages }]) => `${group} ${count(messages)}`).join(', ') || 'nobody is behind';
}

function part(name, value) {
  const seconds = name.endsWith('Seconds');
  const label = words(seconds ? name.slice(0, -'Seconds'.length) : name).toLowerCase();
  return `${label} ${seconds ? duration(value * 1_000) : value}`;
}
