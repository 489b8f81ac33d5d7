// Who works, how far behind they are, and a brake for each role.
import { action, h, patch, poll, toast } from './dom.js';
import { ago, count } from './format.js';
import { badge, heading, table } from './parts.js';
import { api } from './session.js';

export async function workers(root, { signal }) {
  root.append(
    heading('Workers'),
    h('p', { class: 'soft' }, 'Paused, a role takes nothing up; what comes waits for it, and the front door goes on.'),
    h('div', { class: 'card' }, await brakes(signal)),
  );
}

/** The roles, as they are now, until the page is left. */
export async function brakes(signal) {
  const rows = h('tbody');
  const read = async () => {
    const { items } = await api('/workers', { signal });
    patch(
      rows,
      items,
      ({ role }) => role,
      (worker) => row(worker, read),
    );
  };
  await read();
  poll(read, 2_000, signal);
  return table('Workers', [['Role'], ['State'], ['Lag', 'number'], ['Rate', 'number'], ['Instances'], ['To do']], rows);
}

function row({ role, instances, lag, rate, paused }, read) {
  const turn = action(async () => {
    await api(`/workers/${role}`, { method: 'PATCH', body: { paused: !paused } });
    toast(paused ? `${role} works again.` : `${role} is paused.`);
    await read();
  });
  return h(
    'tr',
    null,
    h('th', { scope: 'row' }, role),
    h('td', null, paused ? badge('paused') : badge(instances.length > 0 ? 'up' : 'down')),
    h('td', { class: 'number' }, typeof lag === 'number' ? count(lag) : '–'),
    h('td', { class: 'number' }, typeof rate === 'number' ? `${count(Math.round(rate * 10) / 10)}/s` : '–'),
    h(
      'td',
      null,
      h(
        'ul',
        { class: 'plain small' },
        ...instances.map(({ id, startedAt, leader, frozen }) =>
          h(
            'li',
            null,
            h('span', { class: 'mono' }, id),
            `, since ${ago(startedAt).replace(' ago', '')}`,
            leader && ', leads',
            frozen && ', frozen',
          ),
        ),
      ),
    ),
    h(
      'td',
      { class: 'number' },
      h('button', { type: 'button', onclick: turn, 'aria-label': `${paused ? 'Resume' : 'Pause'} ${role}` }, paused ? 'Resume' : 'Pause'),
    ),
  );
}
