// One job: its settings, its runs, and a run with input of one's own.
import { action, h, patch, poll, toast } from './dom.js';
import { duration } from './format.js';
import { badge, bar, card, field, heading, options, table, when } from './parts.js';
import { runNow } from './jobs.js';
import { api, front, located } from './session.js';

const overlaps = [
  ['skip', 'the new one is left out'],
  ['queue', 'the new one waits'],
  ['allow', 'both run'],
];

export async function job(root, { id: name, signal }) {
  const path = `/jobs/${name}`;
  const first = await api(path, { signal });
  const rows = h('tbody');
  root.append(
    heading(name),
    h('p', null, first.description),
    h(
      'div',
      { class: 'two' },
      card('Its runs', table('Runs', [['Run'], ['State'], ['Progress'], ['Trigger'], ['Began'], ['Took', 'number']], rows)),
      h('div', { class: 'stack' }, name === 'import' ? sendCard() : runCard(name), settingsCard(path, first, signal)),
    ),
  );
  const draw = ({ runs }) => patch(rows, runs, ({ id }) => id, row);
  draw(first);
  poll(async () => draw(await api(path, { signal })), 2_000, signal);
}

const row = ({ id, state, trigger, progress, startedAt, endedAt }) =>
  h(
    'tr',
    null,
    h('th', { scope: 'row' }, h('a', { class: 'mono', href: `#/runs/${id}` }, id.slice(-8))),
    h('td', null, badge(state)),
    h('td', null, bar(percent(progress, state), `Progress of ${id.slice(-8)}`)),
    h('td', null, trigger),
    h('td', null, when(startedAt)),
    h('td', { class: 'number' }, startedAt && endedAt ? duration(Date.parse(endedAt) - Date.parse(startedAt)) : '–'),
  );

export const percent = (progress, state) => (state === 'succeeded' ? 100 : Math.max(0, Math.min(100, progress ?? 0)));

function runCard(name) {
  const input = h('textarea', { rows: 4, spellcheck: 'false', class: 'mono', placeholder: '{ }' });
  const run = (event) => {
    let given;
    try {
      given = input.value.trim() ? JSON.parse(input.value) : undefined;
    } catch {
      return toast('The input is no JSON.');
    }
    void runNow(name, given)(event);
  };
  return card(
    'Run it',
    field('Input, as JSON; may be left out', input),
    h('p'),
    h('button', { type: 'button', class: 'primary', onclick: run }, 'Run now'),
  );
}

/** Its input is a file that went in at the front door. */
function sendCard() {
  const file = h('input', { type: 'file', accept: '.csv,.ndjson,.jsonl' });
  const send = action(async () => {
    const [given] = file.files;
    if (!given) return toast('Choose a file first.');
    const type = given.name.endsWith('.csv') ? 'text/csv' : 'application/x-ndjson';
    const run = await located(front('/imports'), { method: 'POST', body: given, headers: { 'content-type': type } });
    location.hash = `#/runs/${run}`;
  });
  return card(
    'Send a file',
    field('CSV or NDJSON', file),
    h('p'),
    h('button', { type: 'button', class: 'primary', onclick: send }, 'Send'),
  );
}

function settingsCard(path, { enabled, schedule, timeZone, overlap, singleton, stoppingWaitSeconds }, signal) {
  const on = h('input', { type: 'checkbox', checked: enabled });
  const one = h('input', { type: 'checkbox', checked: singleton });
  const cron = h('input', { value: schedule ?? '', placeholder: 'on demand only', class: 'mono' });
  const zone = h('input', { value: timeZone ?? '' });
  const lap = h('select', null, ...options(overlaps, overlap));
  const wait = h('input', { type: 'number', min: 0, value: stoppingWaitSeconds });
  const save = action(async () => {
    const body = {
      enabled: on.checked,
      schedule: cron.value.trim() || null,
      timeZone: zone.value.trim(),
      overlap: lap.value,
      singleton: one.checked,
      stoppingWaitSeconds: Number(wait.value),
    };
    await api(path, { method: 'PATCH', body, signal });
    toast('Kept.');
  });
  return card(
    'Settings',
    h(
      'div',
      { class: 'stack' },
      tick('By the timetable', on),
      field('Cron expression', cron),
      field('Time zone', zone),
      field('While one runs', lap),
      tick('At most one instance at a time', one),
      field('Seconds to end in when the process stops', wait),
      h('div', null, h('button', { type: 'button', onclick: save }, 'Save')),
    ),
  );
}

function tick(label, box) {
  box.id = `f-${label.toLowerCase().replace(/\W+/g, '-')}`;
  return h('div', { class: 'row' }, box, h('label', { for: box.id }, label));
}
