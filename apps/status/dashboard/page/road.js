// The road of an order, drawn: each role a node, lit when it does something.
import { s } from './dom.js';
import { count, duration } from './format.js';
import { back, bus, doneBy, edges, places, says, size, view } from './road-plan.js';

/** @returns the drawing, what lights it (`heard`) and what writes on it (`state`) */
export function road({ linked }) {
  const nodes = new Map(Object.keys(places).map((name) => [name, node(name, linked)]));
  const paths = new Map([...Object.entries(edges), ['facts', back]].map(([name, d]) => [name, path(name, d)]));
  const drawing = s(
    'svg',
    {
      class: 'road',
      viewBox: `0 0 ${view.width} ${view.height}`,
      role: 'group',
      'aria-label': 'The road of an order: front door, store, relay, news, and the roles that work',
    },
    ...[...paths.values()].map(({ element }) => element),
    s('g', { class: 'store' }, s('rect', { class: 'box', ...bus })),
    note('news: Kafka, or within the process', { transform: `translate(${bus.x + 14} ${bus.y + bus.height / 2}) rotate(-90)` }),
    note('what they decide becomes the next facts', { x: 560, y: 354 }),
    ...[...nodes.values()].map(({ element }) => element),
  );

  // Until somebody says that they are there.
  for (const name of ['scheduler', 'jobs'])
    for (const { element } of [nodes.get(name), paths.get(name)]) element.setAttribute('visibility', 'hidden');

  return {
    drawing,
    /** @param types how often each type of event was heard */
    heard(types) {
      const busy = new Set(Object.keys(types).flatMap((type) => doneBy[type] ?? []));
      if (busy.size === 0) return;
      // Whatever was heard was published, and put into the picture.
      for (const name of [...busy, 'store', 'relay', 'status']) light(nodes.get(name).group, 'pulse');
      for (const name of [...busy, 'outbox', 'news', 'status']) light(paths.get(name).flow, 'on');
      if (busy.size > 1 || !busy.has('api')) light(paths.get('facts').flow, 'on');
    },
    /** @param workers of `GET /workers`; @param outbox of `/health` */
    state({ workers = [], outbox }) {
      for (const worker of workers) {
        if (!nodes.has(worker.role)) continue;
        write(nodes.get(worker.role), worker);
        for (const part of [nodes.get(worker.role), paths.get(worker.role)]) part?.element.removeAttribute('visibility');
      }
      if (outbox)
        nodes.get('store').line.textContent = outbox.count
          ? `outbox ${count(outbox.count)}, ${duration(outbox.oldestSeconds * 1_000)}`
          : 'outbox empty';
    },
  };
}

const note = (text, attributes) => s('text', { class: 'sub', 'text-anchor': 'middle', ...attributes }, text);

function path(name, d) {
  const flow = s('path', { class: 'flow', d });
  return { element: s('g', null, s('path', { class: name === 'facts' ? 'edge back' : 'edge', d }), flow), flow };
}

function node(name, linked) {
  const [x, y] = places[name];
  const store = name === 'store';
  const line = s('text', { class: 'sub', x: x + 14, y: y + 40 }, says[name]);
  const mark = s('text', { class: 'sub', x: x + size.width - 12, y: y + 22, 'text-anchor': 'end' });
  const group = s(
    'g',
    { class: store ? 'node store' : 'node' },
    s('rect', { class: 'box', x, y, ...size, rx: 10 }),
    s('text', { class: 'name', x: x + 14, y: y + 22 }, store ? 'PostgreSQL' : name),
    mark,
    line,
  );
  return { element: store || !linked ? group : s('a', { href: '#/workers' }, group), name, group, line, mark };
}

/** Shines for a moment; asked again meanwhile, for longer. */
function light(element, as) {
  element.classList.add(as);
  clearTimeout(element.fading);
  element.fading = setTimeout(() => element.classList.remove(as), 800);
}

function write({ name, group, line, mark }, { instances, lag, rate, paused }) {
  group.classList.toggle('paused', paused);
  group.classList.toggle('nobody', instances.length === 0);
  const said = [typeof lag === 'number' && `lag ${count(lag)}`, rate > 0 && `${rate < 10 ? rate.toFixed(1) : count(Math.round(rate))}/s`];
  line.textContent = said.filter(Boolean).join(' · ') || says[name];
  mark.textContent = markOf(instances, paused);
}

function markOf(instances, paused) {
  if (paused) return 'paused';
  if (instances.length === 0) return 'nobody';
  if (instances.some(({ frozen }) => frozen)) return 'frozen';
  const leads = instances.some(({ leader }) => leader) ? '★' : '';
  return instances.length > 1 ? `${leads} × ${instances.length}` : leads;
}
