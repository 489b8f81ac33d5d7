// How the shop is, at a glance.
import { chart } from './chart.js';
import { h, patch, poll } from './dom.js';
import { onPicture } from './feed.js';
import { count, details, duration, toneOf, toneOfEvent, words } from './format.js';
import { badge, bar, card, heading, orderLink, when } from './parts.js';
import { isThere } from './neighbours.js';
import { road } from './road.js';
import { api, health } from './session.js';

const open = ['placed', 'paying', 'printing', 'shipping', 'cancelling'];

export async function overview(root, { signal }) {
  const tiles = h('div', { class: 'tiles' });
  const way = road({ linked: await isThere('/workers') });
  const bars = h('div');
  const statuses = h('ul', { class: 'plain statuses' });
  const changes = h('ul', { class: 'plain changes' });
  const entries = h('ul', { class: 'plain health' });
  root.append(
    heading('Overview'),
    tiles,
    card(
      'The road of an order',
      h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'The road, drawn' }, way.drawing),
    ),
    h(
      'div',
      { class: 'two' },
      h('div', { class: 'stack' }, card('Orders a minute', bars, key()), card('Just now', changes)),
      h('div', { class: 'stack' }, card('By status', statuses), card('Health', entries)),
    ),
  );

  const letters = (await isThere('/dead-letters')) ? '#/dead-letters' : undefined;
  if (await isThere('/workers')) poll(async () => way.state({ workers: (await api('/workers', { signal })).items }), 2_000, signal);
  let dead = 0;
  onPicture((picture, old) => {
    patch(tiles, tilesOf(picture, dead, letters), ([label]) => label, tile);
    const most = Math.max(1, ...Object.values(picture.orders));
    patch(
      statuses,
      Object.entries(picture.orders),
      ([status]) => status,
      ([status, n]) =>
        h(
          'li',
          null,
          h('a', { href: `#/orders?status=${status}` }, badge(status)),
          bar((100 * n) / most, status, toneOf(status)),
          h('span', { class: 'number' }, count(n)),
        ),
    );
    patch(
      changes,
      picture.changes,
      ({ id, version }) => `${id}/${version}`,
      ({ id, type, at }) =>
        h(
          'li',
          null,
          h('a', { class: 'badge', 'data-tone': toneOfEvent(type), href: `#/orders/${id}` }, h('i', { class: 'dot' }), words(type)),
          orderLink(id),
          when(at),
        ),
    );
    if (picture.changes.length === 0) changes.replaceChildren(h('li', { class: 'soft' }, 'Nothing since this process started.'));
    bars.replaceChildren(chart(picture.minutes));
    if (!old) way.heard(picture.heard);
  }, signal);

  poll(
    async () => {
      const told = await health(signal);
      patch(
        entries,
        Object.entries(told.details ?? {}),
        ([name]) => name,
        ([name, entry]) =>
          h(
            'li',
            null,
            h('span', { class: 'badge', 'data-tone': toneOf(entry.status) }, h('i', { class: 'dot' }), name),
            h('span', { class: 'soft' }, entry.status === 'up' ? details(entry) : `down: ${details(entry)}`),
          ),
      );
      dead = told.details?.stalled?.deadLetters ?? 0;
      way.state({ outbox: told.details?.outbox });
    },
    3_000,
    signal,
  );
}

function tilesOf({ orders, minutes, oldest, at }, dead, letters) {
  const onTheirWay = open.reduce((sum, status) => sum + orders[status], 0);
  const lately = minutes.slice(-2);
  // The minute that runs is young: the one before is added as far as it lies within sixty seconds.
  const part = (Date.parse(at) % 60_000) / 60_000;
  const rate = Math.round(lately[1].placed + lately[0].placed * (1 - part));
  return [
    ['On their way', count(onTheirWay), '#/orders'],
    ['Placed a minute', count(rate)],
    ['Completed', count(orders.completed), '#/orders?status=completed'],
    ['Failed, cancelled', count(orders.failed + orders.cancelled), '#/orders?status=failed'],
    ['Oldest on its way', oldest ? duration(Date.parse(at) - Date.parse(oldest.placedAt)) : '–', oldest && `#/orders/${oldest.id}`],
    ['Given up', count(dead), letters, dead > 0 ? 'bad' : ''],
  ];
}

const tile = ([label, value, href, tone]) =>
  h(href ? 'a' : 'div', { class: `tile ${tone ?? ''}`, href }, h('span', null, label), h('strong', null, value));

const key = () =>
  h(
    'p',
    { class: 'key' },
    ...[
      ['busy', 'placed'],
      ['good', 'completed'],
      ['bad', 'failed or cancelled'],
    ].map(([tone, text]) => h('span', { class: 'badge', 'data-tone': tone }, h('i', { class: 'dot' }), text)),
  );
