// All orders, newest first.
import { h, patch, quiet, throttled, toast } from './dom.js';
import { onPicture } from './feed.js';
import { count, money } from './format.js';
import { badge, bar, empty, field, heading, options, orderLink, table, when } from './parts.js';
import { api } from './session.js';

const statuses = ['placed', 'paying', 'printing', 'shipping', 'completed', 'cancelling', 'cancelled', 'failed'];
const idForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** As the mails call an order: the end of its id. */
const numberForm = /^[0-9a-f]{8}$/i;

export async function orders(root, { query, signal }) {
  const status = h('select', null, ...options([['', 'any status'], ...statuses.map((one) => [one, one])], query.get('status') ?? ''));
  const who = h('input', {
    type: 'search',
    value: query.get('find') ?? '',
    placeholder: '497ad93f or ada@example.com',
    autocomplete: 'off',
  });
  const rows = h('tbody');
  const nothing = empty('No orders.');
  nothing.hidden = true;
  const more = h('button', { type: 'button', onclick: () => load(next) }, 'Older orders');
  more.hidden = true;
  root.append(
    heading('Orders'),
    h('form', { class: 'row', onsubmit: search }, field('Status', status), field('Number or e-mail address', who)),
    h(
      'div',
      { class: 'card' },
      table('Orders', [['Order'], ['Placed'], ['Status'], ['Progress'], ['Customer'], ['Items'], ['Total', 'number']], rows),
      nothing,
      h('div', { class: 'row' }, more),
    ),
  );
  status.addEventListener('change', search);
  let typing;
  who.addEventListener('input', () => {
    clearTimeout(typing);
    typing = setTimeout(search, 300);
  });

  let shown = [];
  let next = null;
  async function load(cursor) {
    const asked = new URLSearchParams({ limit: '50' });
    if (status.value) asked.set('status', status.value);
    const text = who.value.trim();
    if (text) asked.set(numberForm.test(text) ? 'number' : 'email', text);
    if (cursor) asked.set('cursor', cursor);
    const page = await api(`/orders?${asked}`, { signal });
    // What is on top is read again as things happen; older pages that were asked for stay below it.
    shown = cursor ? [...shown, ...page.items] : page.items;
    next = page.next;
    patch(rows, shown, ({ id }) => id, row);
    nothing.hidden = shown.length > 0;
    more.hidden = next === null;
  }

  function search(event) {
    event?.preventDefault();
    const find = who.value.trim();
    if (idForm.test(find)) return void (location.hash = `#/orders/${find.toLowerCase()}`);
    const asked = new URLSearchParams(Object.entries({ status: status.value, find }).filter(([, value]) => value));
    history.replaceState(null, '', `#/orders${asked.size ? `?${asked}` : ''}`);
    load().catch((error) => signal.aborted || toast(error.message));
  }

  await load();
  const again = throttled(() => load().catch(quiet), 1_000);
  onPicture(({ heard }, old) => {
    // Whoever has paged down reads; nothing moves under the eyes.
    if (!old && shown.length <= 50 && Object.keys(heard).length > 0) again();
  }, signal);
}

function row({ id, placedAt, status, progress, customer, lines, total, priority }, known) {
  const items = lines.reduce((sum, { quantity }) => sum + quantity, 0);
  return h(
    'tr',
    { class: known ? 'fresh' : undefined },
    h('th', { scope: 'row' }, orderLink(id), priority === 'express' && ' express'),
    h('td', null, when(placedAt)),
    h('td', null, badge(status)),
    h('td', null, bar(progress, `Progress of ${id.slice(-8)}`, status === 'failed' ? 'bad' : status === 'cancelled' ? 'soft' : undefined)),
    h('td', null, customer?.email ?? h('span', { class: 'soft' }, 'erased')),
    h('td', null, `${count(items)} × ${lines.map(({ name }) => name).join(', ')}`),
    h('td', { class: 'number' }, money(total)),
  );
}
