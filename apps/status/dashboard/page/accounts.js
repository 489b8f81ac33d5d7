// Accounts of those who order by API: all of them, and a new one.
import { action, h, patch, quiet, throttled } from './dom.js';
import { onPicture } from './feed.js';
import { count, short } from './format.js';
import { badge, card, empty, field, heading, table, when } from './parts.js';
import { api, front } from './session.js';

export async function accounts(root, { signal }) {
  const rows = h('tbody');
  const nothing = empty('No accounts yet.');
  nothing.hidden = true;
  const more = h('button', { type: 'button', onclick: () => load(next) }, 'Older accounts');
  more.hidden = true;
  root.append(
    heading('Accounts'),
    opening(),
    h(
      'div',
      { class: 'card' },
      table('Accounts', [['Account'], ['Opened'], ['Status'], ['Name'], ['E-mail'], ['Requests a minute', 'number']], rows),
      nothing,
      h('div', { class: 'row' }, more),
    ),
  );

  let shown = [];
  let next = null;
  async function load(cursor) {
    const page = await api(`/accounts?limit=50${cursor ? `&cursor=${cursor}` : ''}`, { signal });
    shown = cursor ? [...shown, ...page.items] : page.items;
    next = page.next;
    patch(rows, shown, ({ id }) => id, row);
    nothing.hidden = shown.length > 0;
    more.hidden = next === null;
  }
  await load();
  const again = throttled(() => load().catch(quiet), 1_000);
  onPicture(({ heard }, old) => {
    if (!old && shown.length <= 50 && Object.keys(heard).some((type) => /^(Account|Merchant)/.test(type))) again();
  }, signal);
}

const row = ({ id, openedAt, status, customer, ordersPerMinute }, known) =>
  h(
    'tr',
    { class: known ? 'fresh' : undefined },
    h('th', { scope: 'row' }, h('a', { class: 'mono', href: `#/accounts/${id}`, title: id }, short(id))),
    h('td', null, when(openedAt)),
    h('td', null, badge(status)),
    h('td', null, customer?.name ?? h('span', { class: 'soft' }, 'erased')),
    h('td', null, customer?.email ?? ''),
    h('td', { class: 'number' }, count(ordersPerMinute)),
  );

function opening() {
  const name = h('input', { required: true, maxlength: 200, autocomplete: 'off' });
  const email = h('input', { type: 'email', required: true, maxlength: 254, autocomplete: 'off' });
  const perMinute = h('input', { type: 'number', required: true, min: 1, max: 10_000, value: 60 });
  const open = h('button', { class: 'primary' }, 'Open the account');
  const send = action(async () => {
    const body = { name: name.value, email: email.value, ordersPerMinute: Number(perMinute.value) };
    const { id } = await api(front('/accounts'), { method: 'POST', body, headers: { 'idempotency-key': crypto.randomUUID() } });
    location.hash = `#/accounts/${id}`;
  });
  const submit = (event) => {
    event.preventDefault();
    void send({ currentTarget: open });
  };
  return card(
    'A new one',
    h('form', { class: 'row', onsubmit: submit }, field('Name', name), field('E-mail', email), field('Requests a minute', perMinute), open),
  );
}
