// What was given up, by what it failed of.
import { action, h, patch, quiet, throttled, toast } from './dom.js';
import { onPicture } from './feed.js';
import { ago, count } from './format.js';
import { card, empty, heading, json, table } from './parts.js';
import { api } from './session.js';

/** Read at most; who has more has one cause, and re-drives it. */
const most = 1_000;
const atOnce = 200;

export async function deadLetters(root, { signal }) {
  const groups = h('div', { class: 'stack' });
  const nothing = empty('Nothing was given up.');
  root.append(heading('Dead letters'), groups, nothing);

  async function read() {
    const letters = [];
    let next = null;
    do {
      const page = await api(`/dead-letters?limit=200${next ? `&cursor=${next}` : ''}`, { signal });
      letters.push(...page.items);
      next = page.next;
    } while (next && letters.length < most);
    patch(
      groups,
      grouped(letters, Boolean(next)),
      ({ key }) => key,
      (group) => groupCard(group, read),
    );
    nothing.hidden = letters.length > 0;
  }
  await read();
  const again = throttled(() => read().catch(quiet), 3_000);
  onPicture((_, old) => old || again(), signal);
}

function grouped(letters, more) {
  const groups = new Map();
  for (const letter of letters) {
    const key = JSON.stringify([letter.consumer, letter.type, letter.cause.message]);
    if (!groups.has(key)) groups.set(key, { key, more, letters: [] });
    groups.get(key).letters.push(letter);
  }
  return [...groups.values()].toSorted((a, b) => b.letters.length - a.letters.length);
}

function groupCard({ letters, more }, read) {
  const [{ consumer, type, cause }] = letters;
  const all = letters.map(({ id }) => id);
  const redrive = action(async () => {
    for (let n = 0; n < all.length; n += atOnce)
      await api('/dead-letters/redrive', { method: 'POST', body: { ids: all.slice(n, n + atOnce) } });
    toast(`${count(all.length)} are tried again.`);
    await read();
  });
  const told = h('p', { class: 'soft', role: 'status' });
  const dry = action(async () => {
    const { items } = await api('/dead-letters/redrive', { method: 'POST', body: { ids: all.slice(0, atOnce), dryRun: true } });
    told.textContent = wouldBe(items);
  });
  const rows = h('tbody', null, ...letters.slice(0, 50).map((letter) => row(letter, read)));
  return card(
    undefined,
    h(
      'div',
      { class: 'row spread' },
      h('h2', null, cause.message),
      h(
        'span',
        { class: 'row' },
        h('button', { type: 'button', onclick: dry }, 'What would happen?'),
        h(
          'button',
          { type: 'button', class: 'primary', onclick: redrive },
          all.length === 1 ? 'Try it again' : `Try all ${count(all.length)} again`,
        ),
      ),
    ),
    told,
    h('p', { class: 'soft' }, `${consumer}, ${type}${more ? '; there are more than are shown' : ''}`),
    table(
      `Dead letters of ${consumer}, ${type}: ${cause.message}`,
      [['What'], ['Attempts', 'number'], ['First failed'], ['Last failed'], ['To do']],
      rows,
    ),
    letters.length > 50 && h('p', { class: 'soft small' }, `and ${count(letters.length - 50)} more`),
  );
}

/** What the policy would decide now, which may be another thing than when it failed. */
function wouldBe(items) {
  const said = new Map();
  for (const { next, error } of items) {
    const what = error
      ? `cannot be read: ${error}`
      : next
        ? Object.entries(next).flat().join(' ')
        : next === null
          ? 'nothing'
          : 'the same again';
    said.set(what, (said.get(what) ?? 0) + 1);
  }
  return `Next would be ${[...said].map(([what, n]) => `${what} (${count(n)})`).join(', ')}.`;
}

function row({ id, key, attempts, firstFailedAt, lastFailedAt }, read) {
  const said = h('td', { colspan: 5 });
  const message = h('tr', null, said);
  message.hidden = true;
  const look = action(async () => {
    if (message.hidden) said.replaceChildren(json(await api(`/dead-letters/${encodeURIComponent(id)}`), 'The dead letter'));
    message.hidden = !message.hidden;
  });
  const act = (method, path) =>
    action(async () => {
      await api(`/dead-letters/${encodeURIComponent(id)}${path}`, { method });
      await read();
    });
  const name = String(key ?? id);
  const [, kind, about] = /^(order|account):([0-9a-f-]{36})/.exec(name) ?? [];
  return [
    h(
      'tr',
      null,
      h('th', { scope: 'row', class: 'mono' }, kind ? h('a', { href: `#/${kind}s/${about}` }, name) : name),
      h('td', { class: 'number' }, count(attempts)),
      h('td', null, ago(firstFailedAt ?? lastFailedAt)),
      h('td', null, ago(lastFailedAt ?? firstFailedAt)),
      h(
        'td',
        null,
        h(
          'div',
          { class: 'row' },
          h('button', { type: 'button', onclick: look, 'aria-label': `Look: ${name}` }, 'Look'),
          h('button', { type: 'button', onclick: act('POST', '/redrive'), 'aria-label': `Try again: ${name}` }, 'Try again'),
          h('button', { type: 'button', class: 'danger', onclick: act('DELETE', ''), 'aria-label': `Drop: ${name}` }, 'Drop'),
        ),
      ),
    ),
    message,
  ];
}
