// The dashboard: which page an address is, and who may see it.
import { h } from './dom.js';
import * as feed from './feed.js';
import { hasToken, useToken, whenLocked } from './session.js';
import { overview } from './overview.js';
import { orders } from './orders.js';
import { order } from './order.js';
import { photos } from './photos.js';
import { shop } from './shop.js';

/** `at` matches what stands behind `#`; `in` names the page's place in the menu. */
const pages = [
  { at: /^\/$/, title: 'Overview', in: '#/', open: overview },
  { at: /^\/orders$/, title: 'Orders', in: '#/orders', open: orders },
  { at: /^\/orders\/([0-9a-f-]{36})$/, title: 'Order', in: '#/orders', open: order },
  { at: /^\/photos$/, title: 'Photos', in: '#/photos', open: photos },
  { at: /^\/shop$/, title: 'Shop', in: '#/shop', open: shop },
];

const find = (id) => document.getElementById(id);
const menu = ['#/', '#/orders', '#/photos', undefined, '#/shop'];

function drawMenu() {
  const titles = new Map(pages.toReversed().map((page) => [page.in, page.title]));
  find('nav').replaceChildren(...menu.map((to) => (to ? h('a', { href: to }, titles.get(to)) : h('hr'))));
}

/** What may be here and may not: the inbox is the consolidated host's. */
async function addNeighbours() {
  for (const [path, title] of [
    ['/inbox', 'Inbox'],
    ['/docs', 'API'],
  ]) {
    const answer = await fetch(path, { method: 'HEAD', headers: { accept: 'text/html' } }).catch(() => undefined);
    if (answer?.ok) find('nav').append(h('a', { href: path }, title));
  }
}

let leave = new AbortController();
let visited = false;

async function go() {
  leave.abort();
  leave = new AbortController();
  const { signal } = leave;
  if (!hasToken()) return lock(false);
  find('entry').hidden = true;
  const [path, query] = (location.hash.slice(1) || '/').split('?');
  const page = pages.find(({ at }) => at.test(path)) ?? pages[0];
  for (const link of find('nav').children) {
    if (link.getAttribute('href') === page.in) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  document.title = `${page.title} – Backroom`;
  const root = h('div', { class: 'stack' });
  find('page').replaceChildren(root);
  find('page').hidden = false;
  try {
    await page.open(root, { id: page.at.exec(path)?.[1], query: new URLSearchParams(query), signal });
  } catch (error) {
    if (signal.aborted) return;
    root.append(h('p', { class: 'card', role: 'alert' }, error.status === 404 ? 'There is nothing here.' : error.message));
  }
  if (signal.aborted) return;
  // Not at the first page: nobody has gone anywhere yet.
  if (visited) (root.querySelector('h1') ?? find('main')).focus();
  visited = true;
}

function lock(refused = true) {
  leave.abort();
  feed.stop();
  find('page').hidden = true;
  find('live').textContent = '';
  find('refused').hidden = !refused;
  find('entry').hidden = false;
  find('token').focus();
}

find('entry').addEventListener('submit', (event) => {
  event.preventDefault();
  const fits = useToken(find('token').value.trim());
  find('token').value = '';
  if (!fits) return lock();
  feed.start();
  void go();
});
find('skip').addEventListener('click', (event) => {
  event.preventDefault();
  find('main').focus();
});
feed.onState((state) => {
  find('live').dataset.state = state;
  find('live').textContent = state === 'live' ? 'Live' : 'Not connected';
});
whenLocked(lock);
window.addEventListener('hashchange', go);
drawMenu();
void addNeighbours();
if (hasToken()) feed.start();
void go();
