// To break what is around the shop, where it can be the shop itself, and see that no promise is.
import { action, h, patch, poll, toast } from './dom.js';
import { count, short } from './format.js';
import { badge, card, heading, json, table } from './parts.js';
import { api, asCustomer, front, here, located } from './session.js';
import { brakes } from './workers.js';

const services = { gateway: 'Bank', printer: 'Printer', carrier: 'Carrier' };
const faults = [
  ['Slow', { delayMs: 3_000 }, 'answers after three seconds'],
  ['Refuses', { refuse: true }, 'takes no connection'],
  ['Loses answers', { loseAnswers: 20 }, 'does it, and 20 times nobody hears of it'],
  ['Says not now', { failNext: 20 }, 'refuses 20 times, and means it'],
];
const cards = ['4242424242424242', '4242424242424242', '4000000000000119', '4000000000000341', '4000000000000002'];
const placedAtOnce = 20;
/** Longer than any claim is held: whoever comes back finds that others have taken over. */
const frozenSeconds = 20;
/** Of the outside's own book so many orders are looked up at a time. */
const lookedUp = 40;

export async function lab(root, { signal }) {
  const placed = [];
  const promises = h('div', { 'aria-live': 'polite' }, h('p', { class: 'soft' }, 'Not looked at yet.'));
  const broken = h('tbody');
  const showFaults = ({ faults: set }) =>
    patch(
      broken,
      Object.entries(services).map(([service, name]) => ({ service, name, set: set[service] })),
      ({ service }) => service,
      (one) => world(one, showFaults),
    );
  const alive = h('tbody');
  const show = (found) => {
    showFaults(found);
    const processes = (found.processes ?? []).map((one, n) => ({ ...one, key: one.pid ?? `ended ${n}` }));
    patch(alive, processes, ({ key }) => key, processRow);
  };
  const read = async () => show(await api('/lab', { signal }));

  const order = action(async () => {
    const answers = await Promise.all(Array.from({ length: placedAtOnce }, (_, n) => place(cards[n % cards.length])));
    placed.push(...answers);
    toast(`${placedAtOnce} orders are placed.`);
  });
  const again = action(async () => {
    const { orders, news } = await api('/lab/messages', { method: 'POST', body: { orders: 50 } });
    toast(`${count(news)} news of ${count(orders)} orders come once more.`);
  });
  const heal = action(async () => {
    await api('/lab/faults', { method: 'DELETE' });
    await read();
  });
  const wipe = action(async () => {
    toast('Kafka is wiped.');
    const { news, streams } = await api('/lab/kafka/wipe', { method: 'POST' });
    toast(`All topics are gone and made anew; ${count(news)} news of ${count(streams)} streams are told again.`);
  });
  const look = () => lookAt(placed, promises, signal);
  const found = await api('/lab', { signal });

  root.append(
    heading('Lab'),
    h(
      'p',
      { class: 'soft' },
      found.processes
        ? 'Each role is a process of its own here. What is broken comes back by itself, and what it had in hand is taken up by others.'
        : 'Everything runs in one process here, so nothing of it can be killed alone: npm run stack starts processes that can be, and npm run lab kills them at every boundary. What can be broken here is what is around it.',
    ),
    card(
      'Give it something to do',
      h(
        'div',
        { class: 'row' },
        h('button', { type: 'button', class: 'primary', onclick: order }, `Place ${placedAtOnce} orders`),
        h('button', { type: 'button', onclick: again }, 'Tell again of the last 50'),
        h('span', { class: 'soft small' }, 'Cards that pay, fail for a moment, are declined, cannot be captured.'),
      ),
    ),
    ...ofStack(found, alive, wipe),
    card(
      'Break the world outside',
      h('div', { class: 'row' }, h('button', { type: 'button', onclick: heal }, 'All is well again')),
      table('The world outside', [['Service'], ['State'], ['To break it']], broken),
    ),
    card(
      'See that nothing else is broken',
      h('div', { class: 'row' }, h('button', { type: 'button', onclick: action(look) }, 'Look now')),
      promises,
    ),
    card('Stop a role', await brakes(signal)),
  );
  show(found);
  poll(read, 1_000, signal);
  poll(async () => placed.length && look(), 10_000, signal);
}

const place = (number) =>
  asCustomer(front('/orders'), {
    method: 'POST',
    headers: { 'idempotency-key': crypto.randomUUID() },
    body: {
      customer: { email: 'lab@example.com', name: 'Ada' },
      shipTo: { name: 'Ada', line1: '1 Main St', city: 'Vienna', postcode: '1010', country: 'AT' },
      lines: [{ sku: 'PRINT-10X15', quantity: 1 }],
      payment: { card: { number, expiry: '12/39', cvc: '123' } },
    },
  });

/** What there is to break where the shop runs as processes of a stack. */
const ofStack = ({ processes, kafka }, alive, wipe) =>
  [
    processes &&
      card(
        'Kill and freeze processes',
        h('p', { class: 'soft' }, `Killed as by kill -9, at once; frozen for ${frozenSeconds} seconds, longer than any claim is held.`),
        table('Processes', [['Role'], ['Process', 'number'], ['State'], ['To do']], alive),
      ),
    kafka &&
      card(
        'Lose Kafka',
        h('p', { class: 'soft' }, 'Deletes all topics with all that is in them, makes them anew, and has everything told again.'),
        h('button', { type: 'button', onclick: wipe }, 'Wipe Kafka'),
      ),
  ].filter(Boolean);

function processRow({ role, pid, state }) {
  const done = (what, body, sentence) =>
    action(async () => {
      // Who kills the status service cuts off his own answer.
      await api(`/lab/processes/${role}/${what}`, { method: 'POST', body: { pid, ...body } }).catch((error) => {
        if (role !== 'status' || error.status !== 0) throw error;
      });
      toast(sentence);
    });
  const button = (label, verb, onclick) =>
    h('button', { type: 'button', onclick, disabled: state === 'ended', 'aria-label': `${verb} ${role}, process ${pid}` }, label);
  return h(
    'tr',
    null,
    h('th', { scope: 'row' }, role),
    h('td', { class: 'number mono' }, pid ?? '–'),
    h('td', null, badge(state)),
    h(
      'td',
      null,
      h(
        'div',
        { class: 'row' },
        button('Kill', 'Kill', done('kill', {}, `${role} is killed.`)),
        role !== 'status' &&
          button('Freeze', 'Freeze', done('freeze', { seconds: frozenSeconds }, `${role} is frozen for ${frozenSeconds} seconds.`)),
      ),
    ),
  );
}

function world({ service, name, set }, show) {
  const [fault] = set;
  const state = fault ? (faults.find(([, wanted]) => Object.keys(wanted)[0] in fault)?.[2] ?? 'is broken') : 'is well';
  const turn = (wanted) => action(async () => show(await api(`/lab/faults/${service}`, { method: 'PUT', body: wanted })));
  return h(
    'tr',
    null,
    h('th', { scope: 'row' }, name),
    h('td', null, state),
    h(
      'td',
      null,
      h(
        'div',
        { class: 'row' },
        ...faults.map(([label, wanted]) =>
          h('button', { type: 'button', onclick: turn(wanted), 'aria-label': `${name}: ${label}` }, label),
        ),
      ),
    ),
  );
}

/** What must hold whatever is broken: by the job that looks for contradictions, and by the bank's own book, which is not the shop's. */
async function lookAt(placed, place, signal) {
  const run = await checked(signal);
  const mine = await Promise.all(
    placed.slice(-lookedUp).map(async ({ id, links }) => {
      const [order, { items }] = await Promise.all([
        asCustomer(here(links.status), { signal }),
        api(`/gateway/ledger?orderId=${id}`, { signal }),
      ]);
      const taken = items.filter(({ operation, outcome }) => operation === 'capture' && outcome === 'ok').length;
      const owes = order.status === 'completed' ? 1 : undefined;
      return { id, status: order.status, wrong: taken > 1 || (owes !== undefined && taken !== owes) };
    }),
  );
  const ended = mine.filter(({ status }) => ['completed', 'failed', 'cancelled'].includes(status)).length;
  const wrong = mine.filter((one) => one.wrong);
  const found = run?.found ?? 0;
  const seen = Object.values(run?.checked ?? {}).reduce((sum, n) => sum + n, 0);
  place.replaceChildren(
    promise(
      found === 0,
      found === 0 ? `No contradiction in ${count(seen)} things that the shop keeps.` : `${count(found)} contradictions.`,
    ),
    promise(
      wrong.length === 0,
      wrong.length === 0
        ? 'Nobody was charged twice, by the bank’s own book.'
        : `Charged wrongly: ${wrong.map(({ id }) => short(id)).join(', ')}.`,
    ),
    h(
      'p',
      null,
      `Of the last ${count(mine.length)} orders placed here ${count(ended)} have ended, ${count(mine.length - ended)} are under way.`,
    ),
  );
  if (found > 0) place.append(json(run.findings, 'Contradictions'));
}

const promise = (holds, sentence) => h('p', { class: 'row' }, badge(holds ? 'kept' : 'broken'), sentence);

/** A run of its own, or the one that is under way. */
async function checked(signal) {
  const id = await located('/jobs/consistency-check/runs', { method: 'POST', body: {} }).catch(async (error) => {
    if (error.status !== 409) throw error;
    return (await api('/jobs/consistency-check', { signal })).runs[0].id;
  });
  for (;;) {
    const { state, result } = await api(`/job-runs/${id}`, { signal });
    if (!['queued', 'running', 'cancelling'].includes(state)) return result;
    await new Promise((next) => setTimeout(next, 200));
  }
}
