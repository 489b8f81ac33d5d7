import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { startHost, type TestHost } from '../setup/host.js';
import { oriented } from '../setup/photos.js';
import { startReceiver } from '../setup/receiver.js';
import { described, expectDescribed } from './described.js';
import { anOrder, reached as ended, rfc3339, uuidv7 } from './orders.js';
import { expectInvalid, expectProblem } from './problem.js';

let host: TestHost;
beforeAll(async () => void (host = await startHost({ WEBHOOK_ALLOW_LOOPBACK: 'true' })));
afterAll(() => host?.stop());

const studio = (more: object = {}) => ({ name: 'Lovelace Studio', email: `${crypto.randomUUID()}@example.com`, ...more });
const post = (where: string, body: object = {}) => host.http().post(where).set(host.operatorHeaders).send(body);

interface Opened {
  readonly id: string;
  readonly links: { readonly status: string; readonly events: string; readonly stream: string };
}
async function open(body: object = studio()): Promise<Opened> {
  const answer = await post('/accounts', body).expect(202);
  return answer.body;
}

type Shown = ReturnType<typeof JSON.parse>;

/** The account once it is in this status. */
async function reached({ id }: Opened, wanted: string, more: object = {}): Promise<Shown> {
  let shown!: Shown;
  await vi.waitFor(
    async () => {
      shown = (await host.operator(`/accounts/${id}`).expect(200)).body;
      expect(shown).toMatchObject({ status: wanted, ...more });
    },
    { timeout: 60_000, interval: 50 },
  );
  return shown;
}
const stepsOf = (shown: Shown): Record<string, string> =>
  Object.fromEntries(shown.steps.map(({ name, state }: Record<string, string>) => [name, state]));
const typesOf = async ({ id }: Opened): Promise<string[]> =>
  (await host.operator(`/accounts/${id}/events`).expect(200)).body.items.map(({ type }: { type: string }) => type);
/** What stands of it in the bank's own book. */
const bookOf = async ({ id }: Opened): Promise<string[]> =>
  (await host.operator(`/gateway/ledger?orderId=${id}`).expect(200)).body.items.map(
    ({ operation, outcome }: Record<string, string>) => `${operation} ${outcome}`,
  );

describe('An account', () => {
  test('is opened: 202, then a merchant, a welcome, ready; whose it is stands in no event', async () => {
    const body = studio();
    const answer = await post('/accounts', body);
    expectDescribed('POST /accounts', answer);
    expect(answer.body).toEqual({ id: expect.stringMatching(uuidv7), status: 'opening', links: expect.any(Object) });
    expect(answer.headers.location).toBe(answer.body.links.status);
    const shown = await reached(answer.body, 'ready');
    expect(described['GET /accounts/{id}']!.answers[200]!.schema!.safeParse(shown).error?.issues ?? []).toEqual([]);
    expect(shown).toMatchObject({ customer: { name: body.name, email: body.email }, ordersPerMinute: 60, endedAt: null });
    expect(shown.steps.map(({ at }: { at: string }) => at)).toEqual([expect.stringMatching(rfc3339), expect.stringMatching(rfc3339)]);
    expect(stepsOf(shown)).toEqual({ merchant: 'done', welcome: 'done' });
    expect(await typesOf(answer.body)).toEqual(['AccountOpened', 'MerchantOpened', 'WelcomeSent', 'AccountReady']);
    expect(await bookOf(answer.body)).toEqual(['merchant ok']);
    const events = await host.follow(answer.body.links.events).set(host.operatorHeaders);
    expect(events.text).not.toMatch(new RegExp(`${body.name}|${body.email}`));
    // Where the roles are apart, the inbox is nobody's page.
    if (host.brokers) return;
    const { items } = (await host.operator(`/inbox?to=${body.email}`).expect(200)).body;
    expect(items).toEqual([
      expect.objectContaining({ subject: 'Your account is open', messageId: expect.stringMatching(`^account-welcome.${answer.body.id}@`) }),
    ]);
    expect(items[0].text).toContain('up to 60 requests a minute');
  });

  test('that the bank refuses is refused for good, and told so', async () => {
    const body = studio({ name: 'Refused Prints' });
    const opened = await open(body);
    const shown = await reached(opened, 'refused', { reason: 'not_accepted' });
    expect(stepsOf(shown).merchant).toBe('failed');
    await vi.waitFor(async () => expect(await typesOf(opened)).toContain('RefusalSent'), 30_000);
    expect(await typesOf(opened)).toEqual(['AccountOpened', 'MerchantRefused', 'AccountRefused', 'RefusalSent']);
    expect(await bookOf(opened)).toEqual(['merchant declined']);
  });

  test('is closed at once, its merchant behind; again changes nothing', async () => {
    const opened = await open();
    await reached(opened, 'ready');
    const answer = await post(`/accounts/${opened.id}/closure`);
    expectDescribed('POST /accounts/{id}/closure', answer);
    const closed = await reached(opened, 'closed');
    expect(closed.endedAt).toMatch(rfc3339);
    await vi.waitFor(async () => expect((await typesOf(opened)).at(-1)).toBe('MerchantClosed'), 30_000);
    await post(`/accounts/${opened.id}/closure`).expect(202);
    expect((await typesOf(opened)).filter((type) => type === 'AccountClosed')).toHaveLength(1);
    expect(await bookOf(opened)).toEqual(['merchant ok', 'merchant-closure ok']);
  });

  test('is followed by its stream', async () => {
    const opened = await open();
    await reached(opened, 'ready');
    const gone = new AbortController();
    const answer = await fetch(opened.links.stream, { headers: host.operatorHeaders, signal: gone.signal });
    let text = '';
    const told = () => [...text.matchAll(/^data: (.+)$/gm)].map(([, json]) => JSON.parse(json!));
    for await (const bytes of answer.body!) {
      text += new TextDecoder().decode(bytes);
      if (told().length === 4) break;
    }
    gone.abort();
    const { schema } = described['GET /accounts/{id}/stream']!.answers[200]!;
    for (const one of told()) expect(schema!.safeParse(one).error?.issues ?? []).toEqual([]);
    expect(told().map(({ version, status }) => `${version} ${status}`)).toEqual(['1 opening', '2 opening', '3 opening', '4 ready']);
  });

  test('one Idempotency-Key is one account', async () => {
    const [body, key] = [studio(), crypto.randomUUID()];
    const first = await post('/accounts', body).set('idempotency-key', key).expect(202);
    const again = await post('/accounts', body).set('idempotency-key', key).expect(202);
    expect([again.body, again.headers['idempotency-replayed']]).toEqual([first.body, 'true']);
    expectProblem(await post('/accounts', studio()).set('idempotency-key', key), 422, 'idempotency-key-reused');
  });

  test('is the operator’s: nobody else opens, sees, follows or closes it', async () => {
    const { id } = await open();
    expectProblem(await host.http().post('/accounts').send(studio()), 401, 'unauthorized');
    for (const what of ['closure', 'key']) {
      expectProblem(await host.http().post(`/accounts/${id}/${what}`).send({}), 401, 'unauthorized');
      expectProblem(await post(`/accounts/${crypto.randomUUID()}/${what}`), 404, 'not-found');
    }
    for (const where of ['/accounts', `/accounts/${id}`, `/accounts/${id}/events`, `/accounts/${id}/stream`])
      expectProblem(await host.http().get(where), 401, 'unauthorized');
    for (const where of ['', '/events', '/stream'])
      expectProblem(await host.operator(`/accounts/${crypto.randomUUID()}${where}`), 404, 'not-found');
  });

  test('a wrong body is pointed at', async () => {
    expectInvalid(await post('/accounts', {}), '/name', '/email');
    expectInvalid(await post('/accounts', studio({ email: 'no address', ordersPerMinute: 0 })), '/email', '/ordersPerMinute');
    expectInvalid(await post('/accounts', studio({ ordersPerMinute: 10_001 })), '/ordersPerMinute');
    expectInvalid(await post('/accounts', studio({ key: 'mine' })), '/key');
  });

  test('stands in the list, newest first, in pages', async () => {
    const opened = [await open(), await open(), await open()];
    const first = await host.operator('/accounts?limit=2').expect(200);
    expectDescribed('GET /accounts', first);
    const rest = (await host.operator(`/accounts?limit=200&cursor=${first.body.next}`).expect(200)).body;
    const ids = [...first.body.items, ...rest.items].map(({ id }: Opened) => id);
    expect(ids.slice(0, 3)).toEqual(opened.map(({ id }) => id).toReversed());
    expect(new Set(ids).size).toBe(ids.length);
    expect(rest.next).toBeNull();
  });
});

describe('Its key', () => {
  /** Of an account that is ready. */
  async function keyOf(opened: Opened): Promise<{ key: string; webhookSecret: string }> {
    await reached(opened, 'ready');
    const answer = await post(`/accounts/${opened.id}/key`);
    expectDescribed('POST /accounts/{id}/key', answer);
    expect(answer.headers['cache-control']).toBe('no-store');
    return answer.body;
  }
  const place = (key: string, body: object = anOrder()) => host.http().post('/orders').set('authorization', `Bearer ${key}`).send(body);

  test('is given once it is ready, the same each time, and to no other', async () => {
    const refused = await open(studio({ name: 'Refused Prints' }));
    await reached(refused, 'refused');
    expectProblem(await post(`/accounts/${refused.id}/key`), 409, 'account-state');
    const [one, other] = [await open(), await open()];
    const given = await keyOf(one);
    expect(await keyOf(one)).toEqual(given);
    expect(given.key).toContain(one.id);
    const { key, webhookSecret } = await keyOf(other);
    expect([key, webhookSecret]).not.toEqual([given.key, given.webhookSecret]);
    // It opens nothing else.
    expectProblem(await host.http().get(`/accounts/${one.id}`).set('authorization', `Bearer ${given.key}`), 401, 'unauthorized');
  });

  test('places so many orders and photos a minute as the account may, and no other account’s', async () => {
    const [one, other] = [await open(studio({ ordersPerMinute: 3 })), await open(studio({ ordersPerMinute: 3 }))];
    const [{ key }, others] = [await keyOf(one), await keyOf(other)];
    for (let n = 0; n < 2; n++) expect((await place(key)).status).toBe(202);
    const photo = host.http().post('/photos').set('authorization', `Bearer ${key}`).set('content-type', 'image/jpeg');
    await photo.send(await oriented(8, 8, 1)).expect(202);
    const answer = await place(key);
    expectProblem(answer, 429, 'rate-limited');
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    expect((await place(others.key)).status).toBe(202);
    await host.http().post('/orders').send(anOrder()).expect(202);
  });

  test('that fits no account is refused; whatever else is sent as a token is what it was', async () => {
    const opened = await open();
    const { key } = await keyOf(opened);
    const { key: others } = await keyOf(await open());
    const forged = `bk_${opened.id}_${others.split('_').slice(2).join('_')}`;
    for (const wrong of [`${key}x`, key.slice(0, -1), key.replace('_1_', '_2_'), forged, 'bk_', `bk_${crypto.randomUUID()}_x`]) {
      const answer = await place(wrong);
      expectProblem(answer, 401, 'unauthorized');
      expect(answer.headers['www-authenticate']).toBe('Bearer');
    }
    await host.http().post('/orders').set(host.operatorHeaders).send(anOrder()).expect(202);
    expect((await place('whatever')).status).toBe(202);
  });

  test('stops within seconds once the account is closed', async () => {
    const opened = await open();
    const { key } = await keyOf(opened);
    expect((await place(key)).status).toBe(202);
    await post(`/accounts/${opened.id}/closure`).expect(202);
    await vi.waitFor(async () => expectProblem(await place(key), 401, 'unauthorized'), { timeout: 5_000, interval: 100 });
    expectProblem(await post(`/accounts/${opened.id}/key`), 409, 'account-state');
  });

  test('is renewed: the next one is good at once, the one before stops within seconds', async () => {
    const opened = await open();
    const { key, webhookSecret } = await keyOf(opened);
    const once = crypto.randomUUID();
    const placed = await place(key).set('idempotency-key', once);
    expect(placed.status).toBe(202);
    const renewal = crypto.randomUUID();
    const renew = () => post(`/accounts/${opened.id}/key`, { renew: true }).set('idempotency-key', renewal);
    const answer = await renew();
    expectDescribed('POST /accounts/{id}/key', answer);
    expect(answer.body).toEqual({ key: expect.stringMatching(`^bk_${opened.id}_2_`), webhookSecret });
    const next: string = answer.body.key;
    // The same order, by whichever of its keys.
    const again = await place(next).set('idempotency-key', once);
    expect([again.status, again.body, again.headers['idempotency-replayed']]).toEqual([202, placed.body, 'true']);
    await vi.waitFor(async () => expectProblem(await place(key), 401, 'unauthorized'), { timeout: 5_000, interval: 100 });
    expect((await place(next)).status).toBe(202);
    const replayed = await renew();
    expect([replayed.body, replayed.headers['idempotency-replayed']]).toEqual([answer.body, 'true']);
    expect((await keyOf(opened)).key).toBe(next);
    expect((await typesOf(opened)).filter((type) => type === 'KeyRenewed')).toHaveLength(1);
    expect(await reached(opened, 'ready')).toMatchObject({ keyNumber: 2 });
  });

  test('of an account that is not ready is not renewed, nor by anybody else', async () => {
    const opened = await open();
    await reached(opened, 'ready');
    await post(`/accounts/${opened.id}/closure`).expect(202);
    expectProblem(await post(`/accounts/${opened.id}/key`, { renew: true }), 409, 'account-state');
    expectProblem(await host.http().post(`/accounts/${opened.id}/key`).send({ renew: true }), 401, 'unauthorized');
    expectProblem(await post(`/accounts/${crypto.randomUUID()}/key`, { renew: true }), 404, 'not-found');
    expectInvalid(await post(`/accounts/${opened.id}/key`, { renew: 'yes' }), '/renew');
  });

  test('makes the account’s one secret sign the calls of its orders', async () => {
    const receiver = await startReceiver();
    onTestFinished(() => receiver.stop());
    const opened = await open();
    const { key, webhookSecret } = await keyOf(opened);
    const placed = await place(key, { ...anOrder(), callbackUrl: receiver.url });
    expectDescribed('POST /orders', placed);
    expect(placed.body).not.toHaveProperty('webhookSecret');
    await ended(host, placed.body, 'completed');
    await vi.waitFor(() => expect(receiver.of(placed.body).map(({ data }) => data.status)).toContain('completed'), 30_000);
    for (const { body, headers } of receiver.heard) new Webhook(webhookSecret).verify(body, headers);
    const events = await host.follow(placed.body.links.events).expect(200);
    expect(events.text).not.toContain(opened.id);
  });
});
