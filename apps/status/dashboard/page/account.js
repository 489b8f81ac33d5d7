// One account: its steps as they are taken, its key, its end.
import { action, h, patch, quiet, throttled, toast } from './dom.js';
import { count, short, time, toneOfEvent, words } from './format.js';
import { badge, card, heading, showBook, stepper, when } from './parts.js';
import { api, followAs, front } from './session.js';

export async function account(root, { id, signal }) {
  const status = h('span');
  const ask = (what, body = {}) => api(front(`/accounts/${id}/${what}`), { method: 'POST', body, signal });
  const secrets = h('dl', { 'aria-live': 'polite' });
  const renewal = sure(
    'Renew its key?',
    'The one that it has stops within seconds. Whoever orders by it needs the new one.',
    'Renew it',
    () => reveal({ renew: true }),
  );
  const renew = h('button', { type: 'button', onclick: () => renewal.showModal() }, 'Renew its key');
  const key = card('Its key', secrets, renew);
  key.hidden = true;
  async function reveal(body) {
    const given = await ask('key', body);
    fill(secrets, [
      ['Key', h('code', null, given.key)],
      ['Webhook secret', h('code', null, given.webhookSecret)],
    ]);
    key.hidden = false;
  }
  const show = h('button', { type: 'button', onclick: action(() => reveal()) }, 'Show its key');
  const end = 'Its key stops within seconds, and its merchant at the bank is closed. It is not opened again.';
  const closure = sure('Close this account?', end, 'Close it', async () => {
    await ask('closure');
    toast('The account is closed.');
  });
  const close = h('button', { type: 'button', class: 'danger', onclick: () => closure.showModal() }, 'Close the account');
  const now = h('div', { class: 'stack' });
  const facts = h('dl');
  const bank = h('ul', { class: 'plain thrice' });
  const events = h('ol', { class: 'timeline' });
  root.append(
    heading(`Account ${short(id)}`, h('span', { class: 'row' }, status, show, close)),
    card(undefined, now),
    key,
    h(
      'div',
      { class: 'two' },
      card('What happened', events),
      h('div', { class: 'stack' }, card('The account', facts), card('What the bank has in its book', bank)),
    ),
    renewal,
    closure,
  );

  async function read() {
    const [shown, { items }, book] = await Promise.all([
      api(`/accounts/${id}`, { signal }),
      api(`/accounts/${id}/events`, { signal }),
      api(`/gateway/ledger?orderId=${id}`, { signal }).catch(() => ({ items: [] })),
    ]);
    if (signal.aborted) return;
    status.replaceChildren(badge(shown.status));
    show.hidden = shown.status !== 'ready';
    if (show.hidden) key.hidden = true;
    close.hidden = shown.status === 'closed' || shown.erased === true;
    now.replaceChildren(stepper(shown.steps), shown.reason ? h('p', null, `The bank says: ${shown.reason}`) : '');
    fill(facts, factsOf(shown));
    showBook(bank, book.items);
    patch(events, items, ({ version }) => version, happened);
  }
  await read();
  void followAs(`/accounts/${id}/stream`, { event: throttled(() => read().catch(quiet), 400) }, signal);
}

const fill = (list, pairs) => list.replaceChildren(...pairs.flatMap(([name, value]) => [h('dt', null, name), h('dd', null, value)]));

const factsOf = ({ id, customer, ordersPerMinute, openedAt, endedAt, version }) => [
  ['Id', h('span', { class: 'mono' }, id)],
  ['Whose', customer ? `${customer.name}, ${customer.email}` : 'erased'],
  ['Requests a minute', count(ordersPerMinute)],
  ['Opened', when(openedAt)],
  ['Ended', when(endedAt)],
  ['Version', count(version)],
];

const happened = ({ version, type, at, data }) =>
  h(
    'li',
    null,
    h('time', { datetime: at, title: at }, time(at)),
    h(
      'div',
      null,
      h('span', { class: 'badge', 'data-tone': toneOfEvent(type) }, h('i', { class: 'dot' }), words(type)),
      h('small', null, [`version ${version}`, ...Object.entries(data).map(([name, value]) => `${name} ${value}`)].join(' · ')),
    ),
  );

/** Asks before it does what cannot be taken back. */
function sure(question, what, yes, work) {
  const dialog = h('dialog', { 'aria-label': question });
  const send = action(async () => {
    await work();
    dialog.close();
  });
  dialog.append(
    h('h2', null, question),
    h('p', null, what),
    h(
      'div',
      { class: 'row' },
      h('button', { type: 'button', class: 'danger', onclick: send }, yes),
      h('button', { type: 'button', onclick: () => dialog.close() }, 'Leave it'),
    ),
  );
  return dialog;
}
