// What several pages show alike.
import { h, patch } from './dom.js';
import { money, short, time, toneOf } from './format.js';

/** The heading of a page; it takes the focus when the page is come to, so that a screen reader says where one is. */
export const heading = (text, ...beside) => h('div', { class: 'row spread' }, h('h1', { tabindex: '-1' }, text), ...beside);

export const badge = (status) => h('span', { class: 'badge', 'data-tone': toneOf(status) }, h('i', { class: 'dot' }), status);

export const orderLink = (id) => h('a', { class: 'mono', href: `#/orders/${id}`, title: id }, short(id));

export const when = (at) => (at ? h('time', { datetime: at, title: at }, time(at)) : '–');

/** How far something is, 0 to 100. */
export function bar(progress, label, tone) {
  const inner = h('i');
  inner.style.width = `${progress}%`;
  const attributes = { role: 'progressbar', 'aria-valuenow': Math.round(progress), 'aria-valuemin': 0, 'aria-valuemax': 100 };
  return h('div', { class: 'bar', 'data-tone': tone, 'aria-label': label, ...attributes }, inner);
}

export const card = (title, ...content) => h('section', { class: 'card' }, title && h('h2', null, title), ...content);

export const field = (label, input) => {
  input.id ||= `f-${label.toLowerCase().replace(/\W+/g, '-')}`;
  return h('div', { class: 'field' }, h('label', { for: input.id }, label), input);
};

export const options = (all, chosen) => all.map(([value, text]) => h('option', { value, selected: value === chosen }, text));

/** A table in a box that scrolls by itself where it is wider than the page. */
export const table = (label, columns, body) =>
  h(
    'div',
    { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': label },
    h('table', null, h('thead', null, h('tr', null, ...columns.map(([text, type]) => h('th', { scope: 'col', class: type }, text)))), body),
  );

export const empty = (text) => h('p', { class: 'empty' }, text);

/** JSON for people: keyboards can scroll it. */
export const json = (value, label) => h('pre', { tabindex: '0', role: 'region', 'aria-label': label }, JSON.stringify(value, null, 2));

/** What the bank has in its book, as this list. */
export function showBook(list, items) {
  patch(
    list,
    items.map((entry, n) => ({ ...entry, n })),
    ({ n }) => n,
    ({ operation, outcome, amount, at }) =>
      h(
        'li',
        { class: 'row spread' },
        `${operation}: ${outcome}`,
        h('span', { class: 'number' }, amount?.currency ? money(amount) : ''),
        when(at),
      ),
  );
  if (items.length === 0) list.replaceChildren(h('li', { class: 'soft' }, 'Nothing.'));
}

/** The steps of an order, or of an account, as a row of stations. */
export const stepper = (steps) =>
  h(
    'ol',
    { class: 'steps', 'aria-label': 'Steps' },
    ...steps.map(({ name, state, attempts, detail }) =>
      h(
        'li',
        { 'data-state': state, title: detail ?? undefined },
        name,
        h('span', null, attempts > 1 ? `${state}, ${attempts} tries` : state),
      ),
    ),
  );
