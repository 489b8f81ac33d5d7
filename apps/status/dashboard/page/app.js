// The dashboard: which page an address is, and who may see it.
import { h } from './dom.js';
import * as feed from './feed.js';
import { isThere } from './neighbours.js';
import { hasToken, useToken, whenLocked } from './session.js';
import { account } from './account.js';
import { accounts } from './accounts.js';
import { overview } from './overview.js';
import { orders } from './orders.js';
import { order } from './order.js';
import { deadLetters } from './dead-letters.js';
import { guidance } from './guidance.js';
import { job } from './job.js';
import { jobs } from './jobs.js';
import { lab } from './lab.js';
import { photos } from './photos.js';
import { run } from './run.js';
import { shop } from './shop.js';
import { workers } from './workers.js';

/** `at` matches what stands behind `#`; `in` names the page's place in the menu. */
const pages = [
  { at: /^\/$/, title: 'Overview', in: '#/', open: overview },
  { at: /^\/orders$/, title: 'Orders', in: '#/orders', open: orders },
  { at: /^\/orders\/([0-9a-f-]{36})$/, title: 'Order', in: '#/orders', open: order },
  { at: /^\/photos$/, title: 'Photos', in: '#/photos', open: photos },
  { at: /^\/accounts$/, title: 'Accounts', in: '#/accounts', open: accounts },
  { at: /^\/accounts\/([0-9a-f-]{36})$/, title: 'Account', in: '#/accounts', open: account },
  { at: /^\/jobs$/, title: 'Jobs', in: '#/jobs', open: jobs },
  { at: /^\/jobs\/([a-z0-9-]+)$/, title: 'Job', in: '#/jobs', open: job },
  { at: /^\/runs\/([0-9a-f-]{36})$/, title: 'Run', in: '#/jobs', open: run },
  { at: /^\/dead-letters$/, title: 'Dead letters', in: '#/dead-letters', open: deadLetters },
  { at: /^\/workers$/, title: 'Workers', in: '#/workers', open: workers },
  { at: /^\/shop$/, title: 'Shop', in: '#/shop', open: shop },
  { at: /^\/lab$/, title: 'Lab', in: '#/lab', open: lab },
  { at: /^\/guidance$/, title: 'Guidance', in: '#/guidance', open: guidance },
];

const find = (id) => document.getElementById(id);

/** In this order; `needs` is what has to be here for it. */
const menu = [
  { to: '#/', title: 'Overview' },
  { to: '#/orders', title: 'Orders' },
  { to: '#/photos', title: 'Photos' },
  { to: '#/accounts', title: 'Accounts', needs: '/accounts' },
  { to: '#/jobs', title: 'Jobs', needs: '/jobs' },
  { to: '#/dead-letters', title: 'Dead letters', needs: '/dead-letters' },
  { to: '#/workers', title: 'Workers', needs: '/workers' },
  {},
  { to: '#/shop', title: 'Shop' },
  { to: '/inbox', title: 'Inbox', needs: '/inbox' },
  { to: '#/lab', title: 'Lab', needs: '/lab' },
  { to: '#/guidance', title: 'Guidance' },
  { to: '/docs', title: 'API', needs: '/docs' },
];

async function drawMenu() {
  const there = await Promise.all(menu.map(({ needs }) => !needs || isThere(needs)));
  find('nav').replaceChildren(...menu.filter((_, n) => there[n]).map(({ to, title }) => (to ? h('a', { href: to }, title) : h('hr'))));
  mark();
}

/** The page one is on, in the menu. */
function mark() {
  for (const link of find('nav').children) {
    if (link.getAttribute('href') === pageNow().in) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
}

const address = () => (location.hash.slice(1) || '/').split('?');
const pageNow = () => pages.find(({ at }) => at.test(address()[0])) ?? pages[0];

let leave = new AbortController();
let visited = false;

async function go() {
  leave.abort();
  leave = new AbortController();
  const { signal } = leave;
  if (!hasToken()) return lock(false);
  find('entry').hidden = true;
  const [path, query] = address();
  const page = pageNow();
  mark();
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
void drawMenu();
if (hasToken()) feed.start();
void go();
