// What background work is asked for, row by row: where it lives here, what keeps it so, and where it can be seen to work.
import { h } from './dom.js';
import { card, heading, table } from './parts.js';
import { isThere } from './neighbours.js';
import { api } from './session.js';

/** Where a row can be seen, by where its code lies: the first that fits. `needs` is what has to be here for it. */
const live = [
  {
    at: /^apps\/jobs\/(?:[a-z]+\/)?(sales-totals|related-products|daily-report|retention|consistency-check|rebuild-order-status)\.ts$/,
    to: '#/jobs/',
  },
  { at: /^apps\/jobs\/import$/, to: '#/jobs/import', says: 'Send a file' },
  { at: /^(apps\/(jobs|scheduler|status\/jobs)|jobs|libs\/store\/runs)/, to: '#/jobs', says: 'Jobs' },
  { at: /^libs\/account/, to: '#/accounts', says: 'Accounts' },
  { at: /^apps\/thumbnails/, to: '#/photos', says: 'Photos' },
  { at: /^apps\/notifications/, to: '/inbox', says: 'Inbox', needs: '/inbox' },
  { at: /^apps\/status\/dead-letters/, to: '#/dead-letters', says: 'Dead letters' },
  { at: /^libs\/(work|store\/(bookmarks|effects))/, to: '#/lab', says: 'Lab', needs: '/lab' },
  { at: /^(apps\/(api|fulfilment)|libs\/card)/, to: '#/shop', says: 'Shop' },
  { at: /^libs\/contract/, to: '/docs', says: 'API', needs: '/docs' },
  { at: /^(libs\/(host|platform|bus|store\/leases)|deploy|tools\/stack|apps\/[^/]+$)/, to: '#/workers', says: 'Workers' },
  { at: /^/, to: '#/orders', says: 'Orders' },
];

export async function guidance(root) {
  const [{ items }, ...there] = await Promise.all([api('/dashboard/guidance'), ...live.map(({ needs }) => !needs || isThere(needs))]);
  const known = live.filter((_, n) => there[n]);
  root.append(
    heading('Guidance'),
    h(
      'p',
      { class: 'soft' },
      'What Microsoft’s guidance on background jobs asks for, where it lives in this shop, the test that fails when it is broken, and where it can be seen. From docs/patterns.md.',
    ),
  );
  for (const part of new Set(items.map((row) => row.part))) {
    const rows = items.filter((row) => row.part === part).map((row) => drawn(row, known));
    const columns = [['The guidance'], ['Here'], ['Kept by'], ['To see it']];
    root.append(card(part, h('div', { class: 'guidance' }, table(part, columns, h('tbody', null, ...rows)))));
  }
}

function drawn({ says, here, keptBy }, known) {
  const places = [...here, ...keptBy].flatMap(({ to }) => to ?? []);
  const { at, to, says: label } = known.find((one) => one.at.test(places[0] ?? ''));
  const job = at.exec(places[0] ?? '')?.[1];
  const [address, name] = label ? [to, label] : [`${to}${job}`, 'Run it'];
  const row = says.map(({ text }) => text).join('');
  return h(
    'tr',
    null,
    h('th', { scope: 'row' }, pieces(says)),
    h('td', null, pieces(here)),
    h('td', null, pieces(keptBy)),
    h('td', null, h('a', { class: 'button', href: address, 'aria-label': `See it: ${row}, ${name}` }, name)),
  );
}

/** A file is named by its path: here is no place to read it. */
const pieces = (all) =>
  all.map(({ text, code, to }) => {
    if (!to) return code ? h('code', null, text) : text;
    const file = h('code', null, to);
    return code ? file : [`${text} (`, file, ')'];
  });
