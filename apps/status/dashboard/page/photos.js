// The photos that customers sent, with what was made of them.
import { h, patch, quiet, throttled } from './dom.js';
import { onPicture } from './feed.js';
import { ago, short } from './format.js';
import { badge, empty, heading } from './parts.js';
import { api, here } from './session.js';

export async function photos(root, { query, signal }) {
  const gallery = h('ul', { class: 'plain gallery' });
  const nothing = empty('No photos yet: order a print of one in the shop.');
  const more = h('button', { type: 'button', onclick: () => load(next) }, 'Older photos');
  const dialog = h('dialog', { 'aria-labelledby': 'photo-title' });
  root.append(heading('Photos'), gallery, nothing, h('div', { class: 'row' }, more), dialog);

  let shown = [];
  let next = null;
  async function load(cursor) {
    const page = await api(`/dashboard/photos?limit=48${cursor ? `&cursor=${cursor}` : ''}`, { signal });
    shown = cursor ? [...shown, ...page.items] : page.items;
    next = page.next;
    patch(
      gallery,
      shown,
      ({ id }) => id,
      (photo) => tile(photo, () => look(dialog, photo)),
    );
    nothing.hidden = shown.length > 0;
    more.hidden = next === null;
  }
  await load();
  if (query.get('id')) look(dialog, { id: query.get('id'), ...(await api(`/photos/${query.get('id')}`, { signal })) });

  const again = throttled(() => load().catch(quiet), 1_000);
  onPicture(({ heard }, old) => {
    if (!old && shown.length <= 48 && Object.keys(heard).some((type) => /^(Photo|Rendering)/.test(type))) again();
  }, signal);
}

function tile(photo, open) {
  const { id, status, uploadedAt, width, height, renditions, reason } = photo;
  const thumb = renditions.find(({ name }) => name === 'thumb');
  return h(
    'li',
    { class: 'card photo' },
    h('div', { class: 'frame' }, thumb ? h('img', { src: here(thumb.url), alt: `Photo ${short(id)}`, loading: 'lazy' }) : status),
    h('div', { class: 'row spread' }, badge(status), h('span', { class: 'soft small' }, ago(uploadedAt))),
    h('p', { class: 'soft small' }, reason?.detail ?? reason ?? (width ? `${width} × ${height} pixels` : '')),
    thumb && h('button', { type: 'button', onclick: open, 'aria-label': `The renditions of photo ${short(id)}` }, 'Renditions'),
  );
}

function look(dialog, { id, renditions }) {
  const picture = h('img', { alt: '' });
  const choose = ({ name, width, height, url }) => {
    picture.src = here(url);
    picture.alt = `Photo ${short(id)} as ${name}, ${width} × ${height} pixels`;
    for (const button of choices.children) button.setAttribute('aria-pressed', String(button.dataset.name === name));
  };
  const choices = h(
    'div',
    { class: 'row', role: 'group', 'aria-label': 'Rendition' },
    ...renditions.map((one) =>
      h('button', { type: 'button', 'data-name': one.name, onclick: () => choose(one) }, `${one.name}, ${one.width} × ${one.height}`),
    ),
  );
  dialog.replaceChildren(
    h('h2', { id: 'photo-title' }, `Photo ${short(id)}`),
    choices,
    picture,
    h('button', { type: 'button', onclick: () => dialog.close() }, 'Close'),
  );
  const first = renditions.find(({ name }) => name === 'preview') ?? renditions[0];
  if (first) choose(first);
  dialog.showModal();
}
