// What runs by the timetable, or when somebody says so.
import { action, h, patch, poll } from './dom.js';
import { ago } from './format.js';
import { badge, empty, heading, table, when } from './parts.js';
import { api, located } from './session.js';

export const runNow = (name, input) =>
  action(async () => {
    const run = await located(`/jobs/${name}/runs`, { method: 'POST', body: input === undefined ? {} : { input } });
    location.hash = `#/runs/${run}`;
  });

export async function jobs(root, { signal }) {
  const rows = h('tbody');
  const nothing = empty('No process has said yet which jobs it knows.');
  root.append(
    heading('Jobs'),
    h('div', { class: 'card' }, table('Jobs', [['Job'], ['When'], ['Next run'], ['Last run'], ['To do']], rows), nothing),
  );
  const read = async () => {
    const { items } = await api('/jobs?limit=200', { signal });
    patch(rows, items, ({ name }) => name, row);
    nothing.hidden = items.length > 0;
  };
  await read();
  poll(read, 3_000, signal);
}

const row = ({ name, description, enabled, schedule, timeZone, nextRunAt, runs: [last] }) =>
  h(
    'tr',
    null,
    h('th', { scope: 'row' }, h('a', { href: `#/jobs/${name}` }, name), h('div', { class: 'soft small' }, description)),
    h('td', null, enabled ? whenOf(schedule, timeZone) : 'off'),
    h('td', null, enabled ? when(nextRunAt) : '–'),
    h(
      'td',
      null,
      last ? h('a', { href: `#/runs/${last.id}` }, badge(last.state)) : 'never',
      last && h('div', { class: 'soft small' }, ago(last.startedAt ?? last.endedAt ?? new Date().toISOString())),
    ),
    h('td', { class: 'number' }, start(name)),
  );

/** One that needs a file is no matter of a click. */
const start = (name) =>
  name === 'import'
    ? h('a', { class: 'button', href: '#/jobs/import' }, 'Send a file')
    : h('button', { type: 'button', onclick: runNow(name), 'aria-label': `Run now: ${name}` }, 'Run now');

export const whenOf = (schedule, timeZone) =>
  schedule ? [h('code', null, schedule), h('div', { class: 'soft small' }, timeZone)] : 'on demand';
