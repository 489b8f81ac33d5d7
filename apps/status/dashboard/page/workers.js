// Who works, how far behind they are, a brake for each role, and how many processes it is to have.
import { action, h, patch, poll, toast } from './dom.js';
import { ago, count } from './format.js';
import { isThere } from './neighbours.js';
import { badge, card, heading, table } from './parts.js';
import { api } from './session.js';

export async function workers(root, { signal }) {
  root.append(
    heading('Workers'),
    h('p', { class: 'soft' }, 'Paused, a role takes nothing up; what comes waits for it, and the front door goes on.'),
    h('div', { class: 'card' }, await brakes(signal)),
  );
  if (await isThere('/pools')) root.append(await pools(signal));
}

/** How many processes there are, and are to be: where the dashboard is beside the stack that has started them. */
async function pools(signal) {
  const { items } = await api('/pools', { signal });
  const rows = new Map(items.map((pool) => [pool.role, poolRow(pool)]));
  const body = h('tbody', null, ...[...rows.values()].map(({ element }) => element));
  poll(async () => (await api('/pools', { signal })).items.forEach((pool) => rows.get(pool.role)?.show(pool)), 1_000, signal);
  return card(
    'Processes',
    h(
      'p',
      { class: 'soft' },
      'As many as its work wants: one for each so many that wait, within these bounds. More are started at once; who is too many ends what it has in hand first.',
    ),
    table('Processes', [['Role'], ['Now', 'number'], ['At least'], ['At most'], ['One for each'], ['To do']], body),
  );
}

function poolRow({ role, processes, min, max, each }) {
  const now = h('td', { class: 'number' }, count(processes));
  const number = (value, most, label) =>
    h('input', { type: 'number', min: 1, max: most, value, required: true, 'aria-label': `${label} of ${role}` });
  const [least, most, share] = [
    number(min, 99, 'Least processes'),
    number(max, 99, 'Most processes'),
    number(each, 999_999, 'One process for each so many'),
  ];
  const set = action(async () => {
    const body = { min: Number(least.value), max: Number(most.value), each: Number(share.value) };
    await api(`/pools/${role}`, { method: 'PUT', body });
    toast(`${role} is to have ${body.min === body.max ? body.min : `${body.min} to ${body.max}`}.`);
  });
  return {
    element: h(
      'tr',
      null,
      h('th', { scope: 'row' }, role),
      now,
      ...[least, most, share].map((input) => h('td', null, input)),
      h('td', { class: 'number' }, h('button', { type: 'button', onclick: set, 'aria-label': `Set the processes of ${role}` }, 'Set')),
    ),
    show: (pool) => (now.textContent = count(pool.processes)),
  };
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
