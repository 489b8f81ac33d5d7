// The shop as a customer sees it: nothing here uses the operator's token.
import { action, h, quiet, toast } from './dom.js';
import { money, short, words } from './format.js';
import { badge, bar, card, field, heading, options, stepper } from './parts.js';
import { asCustomer, front, here } from './session.js';
import { follow } from './sse.js';

const cards = [
  ['4242424242424242', 'pays'],
  ['4000000000000002', 'is declined'],
  ['4000000000009995', 'has no funds'],
  ['4000000000000119', 'fails for a moment, then pays'],
  ['4000000000000341', 'is authorised, cannot be captured'],
];
const postcodes = [
  ['1010', '1010 Vienna'],
  ['00000', '00000: the carrier refuses'],
];

export async function shop(root, { signal }) {
  const { items: products } = await asCustomer(front('/products'), { signal }).catch((error) => {
    const apart = front('') && `The front door is another service: it answers this page if CORS_ORIGINS names ${location.origin}.`;
    throw new Error(apart || error.message);
  });
  const sku = h(
    'select',
    null,
    ...options(
      products.map((one) => [one.sku, `${one.name}, ${money(one.price)}`]),
      products[0].sku,
    ),
  );
  const quantity = h('input', { type: 'number', min: 1, max: 1000, value: 2, required: true });
  const photo = h('input', { type: 'file', accept: 'image/jpeg,image/png,image/webp' });
  const name = h('input', { value: 'Ada', required: true, maxlength: 200, autocomplete: 'name' });
  const email = h('input', { type: 'email', value: 'ada@example.com', required: true, maxlength: 254, autocomplete: 'email' });
  const postcode = h('select', null, ...options(postcodes, '1010'));
  const pays = h(
    'select',
    null,
    ...options(
      cards.map(([number, does]) => [number, `${number.slice(0, 4)} … ${number.slice(-4)} ${does}`]),
      cards[0][0],
    ),
  );
  const priority = h(
    'select',
    null,
    ...options(
      [
        ['standard', 'standard'],
        ['express', 'express'],
      ],
      'standard',
    ),
  );
  const times = h(
    'select',
    null,
    ...options(
      [
        ['1', 'one order'],
        ['10', 'ten at once'],
        ['50', 'fifty at once'],
      ],
      '1',
    ),
  );
  const upload = h('div');
  const placed = h('div', { class: 'stack', 'aria-live': 'polite' });
  const buy = h('button', { class: 'primary' }, 'Order');

  async function order() {
    const photoId = photo.files[0] && (await send(photo.files[0], upload));
    const body = () => ({
      customer: { email: email.value.trim(), name: name.value.trim() },
      shipTo: { name: name.value.trim(), line1: '1 Main St', city: 'Vienna', postcode: postcode.value, country: 'AT' },
      lines: [{ sku: sku.value, quantity: Number(quantity.value), ...(photoId && { photoId }) }],
      payment: { card: { number: pays.value, expiry: '12/39', cvc: '123' } },
      priority: priority.value,
    });
    // A key an order: sent again after a broken connection, it is still one.
    const place = () => asCustomer(front('/orders'), { method: 'POST', body: body(), headers: { 'idempotency-key': crypto.randomUUID() } });
    const answers = await Promise.all(Array.from({ length: Number(times.value) }, place));
    for (const one of answers.slice(-5)) placed.prepend(watch(one, signal));
    toast(
      answers.length === 1 ? `Order ${short(answers[0].id)} is placed.` : `${answers.length} orders are placed; the last five are shown.`,
    );
  }

  const form = h(
    'form',
    { class: 'fields' },
    field('Product', sku),
    field('Quantity', quantity),
    field('Photo, if it is to have one', photo),
    field('Name', name),
    field('E-mail address', email),
    field('Ships to', postcode),
    field('Test card', pays),
    field('Priority', priority),
    field('How many', times),
    h('div', { class: 'wide' }, upload),
    h(
      'div',
      { class: 'wide row' },
      buy,
      h('span', { class: 'soft small' }, 'The bank, the printer and the carrier are simulated. The mails go to the inbox.'),
    ),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void action(order)({ currentTarget: buy });
  });
  root.append(heading('Shop'), card(undefined, form), placed);
}

/** Sends a photo. By XMLHttpRequest, for fetch tells nothing of how far an upload is. @returns its id */
function send(file, place) {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    const show = (part) =>
      place.replaceChildren(
        bar(part * 100, 'Upload'),
        h('p', { class: 'soft small' }, part < 1 ? `Sending ${file.name}` : `${file.name} is there.`),
      );
    request.upload.addEventListener('progress', ({ loaded, total }) => show(loaded / total));
    request.addEventListener('load', () => {
      const answer = JSON.parse(request.responseText || '{}');
      if (request.status !== 202) return failed(new Error(answer.detail ?? `The photo was not taken (${request.status}).`));
      show(1);
      done(answer.id);
    });
    request.addEventListener('error', () => failed(new Error('The photo could not be sent.')));
    request.open('POST', front('/photos'));
    const body = new FormData();
    body.append('file', file);
    request.send(body);
  });
}

/** An order as its customer follows it: by the links of the answer, whose token opens this order and nothing else. */
function watch({ id, total, links }, signal) {
  const now = h('div', { class: 'stack' });
  const last = h('span', { class: 'soft' });
  const box = card(
    undefined,
    h(
      'div',
      { class: 'row spread' },
      h('h2', null, `Order ${short(id)}, ${money(total)}`),
      last,
      h('a', { href: `#/orders/${id}` }, 'All about it'),
    ),
    now,
  );
  const read = async () => {
    const order = await asCustomer(here(links.status), { signal });
    now.replaceChildren(
      bar(order.progress, `Progress of ${short(id)}`, order.status === 'failed' ? 'bad' : undefined),
      h('div', null, badge(order.status)),
      stepper(order.steps),
    );
    if (order.reason) now.append(h('p', null, order.reason.detail));
  };
  let reading = Promise.resolve();
  const event = ({ type }) => {
    last.textContent = words(type);
    reading = reading.then(read).catch(quiet);
  };
  void follow((headers, until) => fetch(here(links.stream), { headers, signal: until }), { event }, signal);
  return box;
}
