// One run of a job: how far it is, what it says, what came of it.
import { action, h, patch, poll } from './dom.js';
import { duration, short, time } from './format.js';
import { badge, bar, card, heading, json, when } from './parts.js';
import { percent } from './job.js';
import { api } from './session.js';

const ended = new Set(['succeeded', 'failed', 'cancelled']);

export async function run(root, { id, signal }) {
  const status = h('span');
  const cancel = h(
    'button',
    { type: 'button', class: 'danger', onclick: action(() => api(`/job-runs/${id}/cancellation`, { method: 'POST', body: {} })) },
    'Cancel the run',
  );
  const progress = h('div');
  const facts = h('dl');
  const log = h('ol', { class: 'timeline' });
  const result = h('div');
  root.append(
    heading(`Run ${short(id)}`, h('span', { class: 'row' }, status, cancel)),
    card(undefined, progress),
    h('div', { class: 'two' }, card('Log', log), h('div', { class: 'stack' }, card('The run', facts), card('Result', result))),
  );

  let over = false;
  async function read() {
    if (over) return;
    const [shown, { items }] = await Promise.all([api(`/job-runs/${id}`, { signal }), api(`/job-runs/${id}/log`, { signal })]);
    over = ended.has(shown.state);
    status.replaceChildren(badge(shown.state));
    cancel.hidden = over || shown.state === 'cancelling';
    progress.replaceChildren(bar(percent(shown.progress, shown.state), 'Progress', shown.state === 'failed' ? 'bad' : undefined));
    facts.replaceChildren(...factsOf(shown).flatMap(([name, value]) => [h('dt', null, name), h('dd', null, value)]));
    patch(log, items.map((line, n) => ({ ...line, n })).slice(-500), ({ n }) => n, lineOf);
    if (items.length === 0)
      log.replaceChildren(h('li', { class: 'soft wide' }, over ? 'It had nothing to say.' : 'It has said nothing yet.'));
    if (shown.result !== null && shown.result !== undefined) result.replaceChildren(json(shown.result, 'Result'));
    else result.replaceChildren(h('p', { class: 'soft' }, over ? 'None.' : 'Not yet.'));
  }
  await read();
  poll(read, 1_000, signal);
}

const factsOf = ({ id, job, trigger, startedAt, endedAt }) => [
  ['Job', h('a', { href: `#/jobs/${job}` }, job)],
  ['Id', h('span', { class: 'mono' }, id)],
  ['Trigger', trigger],
  ['Began', when(startedAt)],
  ['Ended', when(endedAt)],
  ['Took', startedAt && endedAt ? duration(Date.parse(endedAt) - Date.parse(startedAt)) : '–'],
];

const lineOf = ({ at, level, message }) =>
  h(
    'li',
    null,
    h('time', { datetime: at, title: at }, time(at)),
    h(
      'span',
      { class: 'badge', 'data-tone': level === 'error' ? 'bad' : 'good' },
      h('i', { class: 'dot' }),
      level === 'error' && h('strong', null, 'error: '),
      message,
    ),
  );
