import fc from 'fast-check';
import type { Response } from 'supertest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startHost, type TestHost } from '../setup/host.js';
import { oriented } from '../setup/photos.js';
import { anOrder, place, type Placed } from './orders.js';

let host: TestHost;
let placed: Placed;
let jpeg: Buffer;
beforeAll(async () => {
  host = await startHost();
  placed = await place(host);
  jpeg = await oriented(8, 8, 1);
});
afterAll(() => host?.stop());

// Of each run; told when it fails, and read from the environment to have the same again.
const seed = Number(process.env.FC_SEED ?? Date.now() % 2 ** 31);
const limits = (share: number) => ({ seed, interruptAfterTimeLimit: share, markInterruptAsFailure: false, numRuns: 100_000 });

type Json = ReturnType<typeof JSON.parse>;

/** Whether there is this place, or one where it could stand: what is missing is pointed at where it should be. */
function isPlace(body: Json, pointer: string, missing: boolean): boolean {
  if (pointer === '') return true;
  if (!pointer.startsWith('/')) return false;
  const keys = pointer
    .slice(1)
    .split('/')
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = keys.pop()!;
  let at = body;
  for (const key of keys) {
    if (typeof at !== 'object' || at === null) return false;
    // What is missing may stand in what was left out as a whole.
    if (!Object.hasOwn(at, key)) return missing;
    at = at[key];
  }
  return Array.isArray(at) ? /^\d+$/.test(last) : typeof at === 'object' && at !== null;
}

/** Never a 5xx; what is refused is a problem that points at what was sent. */
function expectAnswer({ status, headers, body: answer, text }: Response, sent: Json): void {
  expect(status, text).toBeLessThan(500);
  if (status < 400) return;
  expect(headers['content-type']).toBe('application/problem+json');
  // Sent as JSON by hand, so that supertest reads it.
  const problem = Object.keys(answer as object).length > 0 ? answer : JSON.parse(text);
  expect(problem).toMatchObject({
    status,
    type: expect.stringMatching(/\/problems\/[a-z-]+$/),
    title: expect.any(String),
    detail: expect.any(String),
  });
  if (status !== 422) return;
  for (const { pointer, detail } of problem.errors as { pointer?: string; detail: string }[])
    expect(isPlace(sent, pointer!, detail === 'This is missing.'), `${pointer} in ${JSON.stringify(sent)}`).toBe(true);
}

const key = fc.oneof(
  fc.constantFrom('customer', 'lines', 'payment', 'card', 'sku', 'quantity', 'reason', 'input', 'a/b', 'a~b', '', '0'),
  fc.string(),
);
const awkward = fc.oneof(
  fc.constantFrom<Json>(
    null,
    true,
    -1,
    0,
    1.5,
    1e308,
    '',
    ' ',
    '\0',
    '\ud800',
    'x'.repeat(501),
    '4242424242424242',
    '2',
    [],
    {},
    [[]],
    '\u2028',
  ),
  fc.string({ unit: 'binary' }),
  fc.double(),
  fc.jsonValue({ depthSize: 'small' }),
);
const anything = fc.oneof(awkward, fc.dictionary(key, awkward, { maxKeys: 5 }));

/** A right body with some of its places made wrong: taken away, filled with something else, joined by what is not known. */
const spoilt = (right: Json) => {
  const places: string[][] = [];
  const walk = (value: Json, path: string[]): void => {
    places.push(path);
    if (typeof value === 'object' && value !== null) for (const [name, inner] of Object.entries(value)) walk(inner, [...path, name]);
  };
  walk(right, []);
  const wound = fc.record({ place: fc.constantFrom(...places), how: fc.constantFrom('drop', 'fill', 'add'), name: key, value: awkward });
  return fc.array(wound, { minLength: 0, maxLength: 3 }).map((wounds) => wounds.reduce(hurt, structuredClone(right)));
};

function hurt(body: Json, { place, how, name, value }: { place: string[]; how: string; name: string; value: Json }): Json {
  if (place.length === 0) return how === 'fill' ? value : body;
  const [last] = place.slice(-1) as [string];
  let at = body;
  for (const step of place.slice(0, -1)) {
    if (typeof at !== 'object' || at === null) return body;
    at = at[step];
  }
  if (typeof at !== 'object' || at === null) return body;
  // No prototype is to be changed here, in the test.
  const own = how === 'add' && !['__proto__', 'constructor'].includes(name) && !Array.isArray(at) ? name : last;
  if (how === 'drop' && !Array.isArray(at)) delete at[own];
  else at[own] = value;
  return body;
}

const send = (verb: 'post' | 'patch', where: string, body: Json, headers: Record<string, string> = {}) =>
  host.http()[verb](where).set('content-type', 'application/json').set(headers).send(JSON.stringify(body));

describe(`whatever is sent (seed ${seed})`, () => {
  const order = { ...anOrder(), priority: 'standard', callbackUrl: 'https://client.example/hooks' };

  test('POST /orders', async () => {
    const asked = async (body: Json) => expectAnswer(await send('post', '/orders', body), JSON.parse(JSON.stringify(body)));
    await fc.assert(fc.asyncProperty(fc.oneof({ weight: 4, arbitrary: spoilt(order) }, anything), asked), limits(9_000));
  });

  test('POST /orders with any Idempotency-Key and Prefer', async () => {
    const header = fc.string({ unit: fc.constantFrom(...'azAZ09 ,;="wait-_~\t') });
    await fc.assert(
      fc.asyncProperty(header, header, async (idempotencyKey, prefer) => {
        const answer = await send('post', '/orders', {}, { 'idempotency-key': idempotencyKey, prefer });
        expect([400, 422]).toContain(answer.status);
      }),
      limits(2_000),
    );
  });

  test('POST /orders/{id}/cancellation', async () => {
    const where = `/orders/${placed.id}/cancellation?token=${placed.token}`;
    const asked = async (body: Json) => expectAnswer(await send('post', where, body), JSON.parse(JSON.stringify(body)));
    await fc.assert(fc.asyncProperty(fc.oneof(spoilt({ reason: 'Ordered twice.' }), anything), asked), limits(3_000));
  });

  test('the jobs’ PATCH and runs', async () => {
    const { items } = (await host.operator('/jobs').expect(200)).body as { items: { name: string }[] };
    const name = items[0]?.name ?? 'sales-totals';
    const change = {
      enabled: true,
      schedule: '0 4 * * *',
      timeZone: 'Europe/Vienna',
      overlap: 'skip',
      singleton: true,
      stoppingWaitSeconds: 5,
    };
    const changed = async (body: Json) =>
      expectAnswer(await send('patch', `/jobs/${name}`, body, host.operatorHeaders), JSON.parse(JSON.stringify(body)));
    await fc.assert(fc.asyncProperty(fc.oneof(spoilt(change), anything), changed), limits(4_000));
    const run = async (body: Json) =>
      expectAnswer(await send('post', `/jobs/${name}/runs`, body, host.operatorHeaders), JSON.parse(JSON.stringify(body)));
    await fc.assert(fc.asyncProperty(fc.oneof(spoilt({ input: {} }), anything), run), limits(3_000));
  });

  test('the form of POST /photos', async () => {
    const name = fc.oneof(fc.constantFrom('file', 'File', 'file[]', ''), fc.string({ unit: fc.constantFrom(...'abc-_.[]') }));
    const bytes = fc.oneof(
      fc.constant('jpeg'),
      fc.uint8Array({ maxLength: 200 }).map((some) => Buffer.from(some).toString('base64')),
    );
    const cut = fc.nat({ max: 2_000 });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(name, bytes), { maxLength: 3 }), fc.string(), cut, async (parts, filename, length) => {
        const asBytes = (content: string) => (content === 'jpeg' ? jpeg.subarray(0, length) : Buffer.from(content, 'base64'));
        const form = new FormData();
        for (const [field, content] of parts)
          form.append(field, new Blob([new Uint8Array(asBytes(content))], { type: 'image/jpeg' }), filename);
        const answer = await fetch(`${host.url}/photos`, { method: 'POST', body: form });
        const text = await answer.text();
        expect(answer.status, text).toBeLessThan(500);
        if (answer.status >= 400)
          expect(JSON.parse(text)).toMatchObject({ status: answer.status, type: expect.stringContaining('/problems/') });
      }),
      limits(4_000),
    );
  });
});
