// One order: where it is, why it is there, what it was at any moment.
import { action, h, patch, quiet, throttled } from './dom.js';
import { count, duration, money, short, time, toneOfEvent, words } from './format.js';
import { badge, bar, card, heading, json, showBook, stepper, when } from './parts.js';
import { api, followAs, front, here } from './session.js';

export async function order(root, { id, signal }) {
  const status = h('span');
  const cancel = h('button', { type: 'button', class: 'danger', onclick: () => dialog.showModal() }, 'Cancel the order');
  const now = h('div', { class: 'stack' });
  const facts = h('dl');
  const lines = h('ul', { class: 'plain' });
  const mails = h('ul', { class: 'plain thrice' });
  const timeline = h('ol', { class: 'timeline' });
  const bank = h('ul', { class: 'plain thrice' });
  const past = machine();
  const dialog = cancelling(id, signal);
  root.append(
    heading(`Order ${short(id)}`, h('span', { class: 'row' }, status, cancel)),
    card(undefined, now),
    h(
      'div',
      { class: 'two' },
      h('div', { class: 'stack' }, card('At any moment', past.element), card('Why is it here?', timeline)),
      h(
        'div',
        { class: 'stack' },
        card('The order', facts),
        card('Items', lines),
        card('Mails', mails),
        card('What the bank has in its book', bank),
      ),
    ),
    dialog,
  );

  async function read() {
    const [shown, { items: versions }, { items: moments }, ledger] = await Promise.all([
      api(`/orders/${id}`, { signal }),
      api(`/dashboard/orders/${id}/versions`, { signal }),
      api(`/orders/${id}/timeline`, { signal }),
      api(`/gateway/ledger?orderId=${id}`, { signal }).catch(() => ({ items: [] })),
    ]);
    if (signal.aborted) return;
    status.replaceChildren(badge(shown.status));
    cancel.hidden = shown.progress === 100 || shown.status === 'cancelling' || versions.some(({ type }) => type === 'HandoverStarted');
    now.replaceChildren(
      bar(shown.progress, 'Progress', shown.status === 'failed' ? 'bad' : undefined),
      stepper(shown.steps),
      ...[
        shown.reason && h('p', null, h('strong', null, words(shown.reason.code.replaceAll('-', ' '))), `: ${shown.reason.detail}`),
      ].filter(Boolean),
    );
    facts.replaceChildren(...factsOf(shown).flatMap(([name, value]) => [h('dt', null, name), h('dd', null, value)]));
    patch(lines, shown.lines, (line) => JSON.stringify(line), item);
    patch(
      mails,
      shown.notifications,
      ({ kind }) => kind,
      ({ kind, state, at }) => h('li', null, words(kind.replaceAll('-', ' ')), badge(state), when(at)),
    );
    if (shown.notifications.length === 0) mails.replaceChildren(h('li', { class: 'soft' }, 'None yet.'));
    showBook(bank, ledger.items);
    patch(
      timeline,
      moments.map((moment, n) => ({ ...moment, n, began: shown.placedAt })),
      ({ n }) => n,
      moment,
    );
    past.show(versions);
  }

  await read();
  const again = throttled(() => read().catch(quiet), 400);
  let end;
  // What was heard at once is read already.
  void followAs(`/orders/${id}/stream`, { event: again, end: () => (end = true) }, signal).then(() => end && again());
}

const factsOf = ({ id, customer, total, priority, placedAt, updatedAt, progress, version }) => [
  ['Id', h('span', { class: 'mono' }, id)],
  ['Customer', customer ? `${customer.name}, ${customer.email}` : 'erased'],
  ['Total', money(total)],
  ['Lane', priority],
  ['Placed', when(placedAt)],
  [progress === 100 ? 'Took' : 'Last change', progress === 100 ? duration(Date.parse(updatedAt) - Date.parse(placedAt)) : when(updatedAt)],
  ['Version', count(version)],
];

function item({ name, quantity, unitPrice, photoId }) {
  const row = h(
    'li',
    { class: 'row spread' },
    h('span', null, `${quantity} × ${name}`),
    h('span', { class: 'number' }, money({ ...unitPrice, amount: unitPrice.amount * quantity })),
  );
  if (photoId) void thumb(photoId).then((image) => image && row.prepend(image));
  return row;
}

async function thumb(id) {
  const photo = await api(`/photos/${id}`).catch(() => undefined);
  const rendition = photo?.renditions.find(({ name }) => name === 'thumb');
  return (
    rendition &&
    h('a', { class: 'thumbs', href: `#/photos?id=${id}` }, h('img', { src: here(rendition.url), alt: 'The photo of this item' }))
  );
}

/** Of what is no event of a stream. */
const tones = { wait: 'busy', webhook: 'violet', 'dead-letter': 'bad' };

function moment({ at, kind, summary, data, began }) {
  const { type, version, ...more } = data ?? {};
  const said = [kind === 'event' ? undefined : kind, version && `version ${version}`, type];
  const detail = Object.entries(more)
    .filter(([, value]) => ['string', 'number'].includes(typeof value))
    .map(([name, value]) => `${name} ${value}`);
  const since = Date.parse(at) - Date.parse(began);
  return h(
    'li',
    null,
    h('time', { datetime: at, title: at }, time(at), since > 0 && h('small', null, ` +${duration(since)}`)),
    h(
      'div',
      null,
      h('span', { class: 'badge', 'data-tone': tones[kind] ?? toneOfEvent(type ?? '') }, h('i', { class: 'dot' }), summary),
      h('small', null, [...said, ...detail].filter(Boolean).join(' · ')),
    ),
  );
}

/** The order as it was after each event, and what was decided then. */
function machine() {
  const slider = h('input', { type: 'range', min: 1, max: 1, value: 1, 'aria-label': 'Version', oninput: draw });
  const back = h('button', { type: 'button', 'aria-label': 'The version before', onclick: () => step(-1) }, '‹');
  const on = h('button', { type: 'button', 'aria-label': 'The version after', onclick: () => step(1) }, '›');
  const shown = h('div', { class: 'stack', 'aria-live': 'polite' });
  let versions = [];

  function step(by) {
    slider.value = Number(slider.value) + by;
    draw();
  }

  function draw() {
    const found = versions[Number(slider.value) - 1];
    if (!found) return;
    back.disabled = found.version === 1;
    on.disabled = found.version === versions.length;
    slider.setAttribute('aria-valuetext', `Version ${found.version}: ${words(found.type)}`);
    const data = Object.keys(found.data ?? {}).length > 0;
    const facts = data ? [h('details', null, h('summary', null, 'What the event says'), json(found.data, 'What the event says'))] : [];
    shown.replaceChildren(
      h('div', { class: 'row spread' }, h('h3', null, `${found.version}. ${words(found.type)}`), badge(found.order.status), when(found.at)),
      stepper(found.order.steps),
      h('p', { class: 'next' }, h('strong', null, found.next ? 'Decided then: ' : 'Decided then: nothing more. '), found.next ?? ''),
      ...facts,
    );
  }

  return {
    element: h('div', { class: 'stack' }, h('div', { class: 'row' }, back, slider, on), shown),
    /** Stays where it is, unless it is at the end: there it follows. */
    show(all) {
      const atEnd = Number(slider.value) === versions.length || versions.length === 0;
      const grown = all.length !== versions.length;
      versions = all;
      slider.max = all.length;
      if (atEnd) slider.value = all.length;
      if (grown) draw();
    },
  };
}

function cancelling(id, signal) {
  const reason = h('input', { maxlength: 500, autocomplete: 'off' });
  const dialog = h('dialog', { 'aria-labelledby': 'cancel-title' });
  const send = action(async () => {
    const body = reason.value.trim() ? { reason: reason.value.trim() } : {};
    await api(front(`/orders/${id}/cancellation`), { method: 'POST', body, signal });
    dialog.close();
  });
  dialog.append(
    h('h2', { id: 'cancel-title' }, 'Cancel this order?'),
    h('p', null, 'What was done is undone in reverse, and what was taken is given back.'),
    h(
      'div',
      { class: 'field' },
      h('label', { for: 'cancel-reason' }, 'Reason, if there is one'),
      Object.assign(reason, { id: 'cancel-reason' }),
    ),
    h('p'),
    h(
      'div',
      { class: 'row' },
      h('button', { type: 'button', class: 'danger', onclick: send }, 'Cancel the order'),
      h('button', { type: 'button', onclick: () => dialog.close() }, 'Leave it'),
    ),
  );
  return dialog;
}
