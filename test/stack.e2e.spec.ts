import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import kafkajs from 'kafkajs';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { startKafka, whyNoKafka, type KafkaCluster } from '#tools/kafka';
import { loginUrl, setUp } from '#tools/migrate';
import { startWorld, type GatewayLedgerItem, type World } from '#tools/world';
import { startInbox, type Inbox } from '../apps/backroom/inbox/inbox.js';
import { passwordsFor } from '../tools/stack/logins.js';
import { anOrder, rfc3339 } from './contract/orders.js';
import { freshDatabase } from './setup/database.js';
import { oriented } from './setup/photos.js';
import { query } from './setup/query.js';
import { startReceiver } from './setup/receiver.js';
import { RoleProcess } from './setup/role-process.js';

const workers = ['relay', 'fulfilment', 'payments', 'thumbnails', 'notifications', 'status', 'jobs', 'scheduler'] as const;
const root = path.resolve(import.meta.dirname, '..');
const soon = { timeout: 200_000, interval: 200 };

const cards = {
  pays: '4242424242424242',
  declined: '4000000000000002',
  insufficient: '4000000000009995',
  failsFirst: '4000000000000119',
  captureDeclined: '4000000000000341',
};
type Card = keyof typeof cards;

interface Placed {
  readonly id: string;
  readonly card: Card;
  readonly token: string;
}

// A broker of its own: the topics' names are the same in every run.
describe.skipIf(inject('kafkaBrokers') === undefined || whyNoKafka())('the shop, a process a role, each worker killed once', () => {
  let dir: string;
  let kafka: KafkaCluster;
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  let world: World;
  let inbox: Inbox;
  let receiver: Awaited<ReturnType<typeof startReceiver>>;
  let api: RoleProcess;
  let roleEnv: (name: string) => () => NodeJS.ProcessEnv;
  const roles = new Map<string, RoleProcess>();

  beforeAll(async () => {
    // Nothing to do where dist/ is made of these very sources, as in npm test.
    await promisify(execFile)(process.execPath, ['-e', "import('./tools/build.mjs').then(({ build }) => build())"], { cwd: root });
    dir = await mkdtemp(path.join(os.tmpdir(), 'backroom-stack-'));
    [kafka, database, world, inbox, receiver] = await Promise.all([
      startKafka({ nodes: 1, dir: path.join(dir, 'kafka') }),
      freshDatabase(),
      // Slow enough for a kill to fall into calls under way.
      startWorld({ port: 0, dir: path.join(dir, 'world'), delays: { gateway: 60, printer: 60, carrier: 60 } }),
      startInbox({ dir: path.join(dir, 'inbox') }),
      startReceiver(),
    ]);
    const names = ['api', ...workers];
    const passwords = passwordsFor(database.url, names, '');
    await setUp({ databaseUrl: database.url, brokers: kafka.brokers, passwords });
    const envOf = (name: string) => () => ({
      DATABASE_URL: loginUrl(database.url, name, passwords.get(name)!),
      KAFKA_BROKERS: kafka.brokers.join(','),
      WORLD_URL: world.url,
      SMTP_URL: inbox.smtpUrl,
      ACCESS_KEY: 'a'.repeat(43),
      WEBHOOK_SECRET: 'w'.repeat(43),
      WEBHOOK_ALLOW_LOOPBACK: 'true',
      OPERATOR_TOKEN: 'o'.repeat(32),
      DATA_DIR: path.join(dir, 'data'),
      // Each request, those that only read too.
      LOG_LEVEL: 'debug',
    });
    roleEnv = envOf;
    for (const name of names) roles.set(name, new RoleProcess(name, envOf(name)));
    api = roles.get('api')!;
    await Promise.all([...roles.values()].map((role) => role.start()));
  });

  afterAll(async () => {
    await Promise.all([...roles.values()].map((role) => role.end('SIGKILL')));
    await Promise.all([world?.close(), inbox?.close(), receiver?.stop(), kafka?.stop('SIGKILL')]);
    await database?.drop();
    if (dir) await rm(dir, { recursive: true, force: true });
  });

  const all = new Map<string, Placed>();
  const upload = async (): Promise<string> => {
    const photo = await oriented(600, 400, 6);
    const answer = await fetch(`${api.url}/photos`, { method: 'POST', headers: { 'content-type': 'image/jpeg' }, body: photo });
    expect(answer.status).toBe(202);
    return ((await answer.json()) as { id: string }).id;
  };
  const place = async (card: Card): Promise<Placed> => {
    const photoId = await upload();
    const answer = await fetch(`${api.url}/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        ...anOrder({ card: cards[card] }),
        customer: { email: 'ada@example.com', name: 'Augusta King' },
        lines: [{ sku: 'PRINT-10X15', quantity: 2, photoId }],
        callbackUrl: receiver.url,
      }),
    });
    expect(answer.status).toBe(202);
    const { id, token } = (await answer.json()) as { id: string; token: string };
    all.set(id, { id, token, card });
    return { id, token, card };
  };
  const follow = async <T>({ id, token }: Placed, what = ''): Promise<T> => {
    const answer = await fetch(`${roles.get('status')!.url}/orders/${id}${what}?token=${token}`);
    if (!answer.ok) throw new Error(`${answer.status} of order ${id}${what}`);
    return (await answer.json()) as T;
  };
  const ledger = async ({ id }: Placed, service = 'gateway'): Promise<string[]> => {
    const answer = await fetch(`${world.url}/${service}/ledger?orderId=${id}`);
    return ((await answer.json()) as { items: GatewayLedgerItem[] }).items.map(({ operation, outcome }) => `${operation} ${outcome}`);
  };
  const placedOrders = async (): Promise<number> => {
    const [row] = await query<{ n: number }>(database.url, `SELECT count(*)::int AS n FROM events WHERE type = 'OrderPlaced'`);
    return row!.n;
  };
  const statuses = (orders: readonly Placed[]) =>
    Promise.all(orders.map(async (order) => (await follow<{ status: string }>(order)).status));
  const ended = (status: string): boolean => ['completed', 'failed', 'cancelled'].includes(status);
  const count = (book: readonly string[], entry: string): number => book.filter((one) => one === entry).length;

  it('ends every order, charges nobody twice and keeps nobody’s money', { timeout: 300_000 }, async () => {
    const began = Date.now();
    const mix: Card[] = ['pays', 'pays', 'declined', 'failsFirst', 'captureDeclined', 'insufficient'];
    const orders: Placed[] = [];
    // A worker is killed after each six, while they are under way.
    for (const name of workers) {
      orders.push(...(await Promise.all(mix.map(place))));
      const role = roles.get(name)!;
      expect(await role.end('SIGKILL')).toBe('SIGKILL');
      await role.start();
    }
    expect(orders).toHaveLength(mix.length * workers.length);

    await vi
      .waitFor(async () => expect((await statuses(orders)).filter((status) => !ended(status))).toEqual([]), soon)
      .catch(async (error: unknown) => {
        for (const role of roles.values()) console.error(role.last());
        throw error;
      });
    console.log(`${orders.length} orders with a photo each ended ${Date.now() - began} ms after the first, ${workers.length} kills`);

    for (const order of orders) {
      const { items } = await follow<{ items: { version: number; type: string }[] }>(order, '/events');
      // Mails go on after the end.
      const history = items.map(({ type }) => type).filter((type) => type !== 'NotificationSent');
      const book = await ledger(order);
      const seen = `${order.card}: ${history.join(' ')} | ${book.join(', ')}`;
      expect(
        items.map(({ version }) => version),
        seen,
      ).toEqual(items.map((_, i) => i + 1));
      expect(history.at(-1), seen).toBe(order.card === 'pays' || order.card === 'failsFirst' ? 'OrderCompleted' : 'OrderFailed');

      expect(count(book, 'authorise ok'), seen).toBe(order.card === 'declined' || order.card === 'insufficient' ? 0 : 1);
      expect(count(book, 'capture ok'), seen).toBe(history.at(-1) === 'OrderCompleted' ? 1 : 0);
      // Nothing was captured where it failed: what was authorised is given back, once.
      expect(count(book, 'void ok') + count(book, 'refund ok'), seen).toBe(order.card === 'captureDeclined' ? 1 : 0);
    }
  });

  it('calls back whoever placed them, at every change of status', { timeout: 60_000 }, async () => {
    const told = (id: string): Set<string> => new Set(receiver.of({ id }).map(({ data }) => `${data.version} ${data.status}`));
    const ids = new Set(receiver.heard.map(({ data }) => data.id));
    expect(ids.size).toBe(6 * workers.length);
    for (const id of ids) {
      const placed = all.get(id)!;
      const { status } = await follow<{ status: 'completed' | 'failed' }>(placed);
      const completed = ['placed', 'paying', 'printing', 'shipping', 'completed'];
      const declined = ['placed', 'paying', 'failed'];
      const captureDeclined = [...completed.slice(0, 4), 'failed'];
      const wanted = status === 'completed' ? completed : placed.card === 'captureDeclined' ? captureDeclined : declined;
      await vi.waitFor(() => expect([...told(id)].map((one) => one.split(' ')[1]).toSorted()).toEqual(wanted.toSorted()), soon);
    }
    // More than once only where a killed process had not noted the answer: the same call then, by its id.
    const bodies = new Map(receiver.heard.map(({ id, body }) => [id, body]));
    expect(receiver.heard.filter(({ id, body }) => bodies.get(id) !== body)).toEqual([]);
    console.log(`${receiver.heard.length} calls, ${bodies.size} of them different`);
  });

  it('works under the logins of the roles, each process under its own', async () => {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    const query = 'SELECT DISTINCT usename FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() ORDER BY 1';
    try {
      await vi.waitFor(async () => {
        // Whoever has nothing to do lets go of its connections after ten seconds.
        await place('pays');
        const { rows } = await client.query<{ usename: string }>(query);
        expect(rows.map(({ usename }) => usename)).toEqual([...roles.keys()].map((name) => `backroom_${name}`).toSorted());
      }, soon);
    } finally {
      await client.end();
    }
  });

  it('answers who waits at whichever door it stands, and at another when that one is killed', { timeout: 120_000 }, async () => {
    const others = ['api 2', 'api 3'].map((name) => new RoleProcess('api', roleEnv('api'), { called: name }));
    try {
      await Promise.all(others.map((other) => other.start()));
      const wait = async (door: RoleProcess, key: string): Promise<{ status: number; id: string; orderStatus: string }> => {
        const answer = await fetch(`${door.url}/orders`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', prefer: 'wait=30', 'idempotency-key': key },
          body: JSON.stringify(anOrder()),
        });
        const { id, status: orderStatus } = (await answer.json()) as { id: string; status: string };
        return { status: answer.status, id, orderStatus };
      };
      const doors = [api, ...others];
      const told = await Promise.all(doors.flatMap((door, n) => [1, 2, 3].map((m) => wait(door, `door ${n}, order ${m}`))));
      expect(new Set(told.map(({ status, orderStatus }) => `${status} ${orderStatus}`))).toEqual(new Set(['200 completed']));
      expect(new Set(told.map(({ id }) => id)).size).toBe(9);

      const [dying] = others;
      const before = await placedOrders();
      const cut = wait(dying!, 'killed while waiting');
      const broken = expect(cut).rejects.toThrow();
      await vi.waitFor(async () => expect(await placedOrders()).toBe(before + 1), { interval: 5 });
      await dying!.end('SIGKILL');
      await broken;
      // What a client does then: the same again, wherever it is let in.
      expect(await wait(api, 'killed while waiting')).toMatchObject({ status: 200, orderStatus: 'completed' });
      expect(await placedOrders()).toBe(before + 1);
    } finally {
      await Promise.all(others.map((other) => other.end('SIGKILL')));
    }
  });

  /** As a client does who was told of the key: at the next door, if this one breaks the connection. Never after an answer. */
  const placeAt = async (doors: readonly RoleProcess[], key: string): Promise<Placed & { readonly status: number }> => {
    for (let n = 0; ; n++) {
      const answer = await fetch(`${doors[n % doors.length]!.url}/orders`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': key },
        body: JSON.stringify(anOrder()),
      }).catch(() => undefined);
      if (answer) return { ...((await answer.json()) as Placed), status: answer.status, card: 'pays' };
      if (n > 1_000) throw new Error('No door is open.');
    }
  };
  const completed = (orders: readonly Placed[]) =>
    vi.waitFor(async () => expect(new Set(await statuses(orders))).toEqual(new Set(['completed'])), soon);

  it(
    'accepts and shows while nobody behind the door lives, the broker neither, and makes good for it later',
    { timeout: 120_000 },
    async () => {
      const behind = workers.filter((name) => name !== 'status').map((name) => roles.get(name)!);
      await Promise.all(behind.map((role) => role.end('SIGKILL')));
      await kafka.nodes[0]!.stop('SIGKILL');
      const orders: Awaited<ReturnType<typeof placeAt>>[] = [];
      for (let n = 0; n < 50; n++) {
        orders.push(await placeAt([api], `nobody behind ${n}`));
        expect(await statuses(orders.slice(-1))).toEqual(['placed']);
      }
      expect(new Set(orders.map(({ status }) => status))).toEqual(new Set([202]));
      await kafka.nodes[0]!.start();
      await Promise.all(behind.map((role) => role.start()));
      await completed(orders);
    },
  );

  it('accepts while each process is replaced, some at a time, the doors too', { timeout: 300_000 }, async () => {
    const second = new RoleProcess('api', roleEnv('api'), { called: 'api 2' });
    try {
      await second.start();
      let rolling = true;
      const orders: Awaited<ReturnType<typeof placeAt>>[] = [];
      const load = (async () => {
        for (let n = 0; rolling; n++, await sleep(200)) orders.push(await placeAt(n % 2 ? [api, second] : [second, api], `rolling ${n}`));
      })();
      const before = await placedOrders();
      const some = (...names: (typeof workers)[number][]) => names.map((name) => roles.get(name)!);
      const turns = [
        [second, ...some('relay', 'thumbnails')],
        [api, ...some('fulfilment', 'notifications')],
        some('payments', 'jobs'),
        some('status', 'scheduler'),
      ];
      for (const turn of turns) {
        expect(await Promise.all(turn.map((role) => role.end('SIGTERM')))).toEqual(turn.map(() => 0));
        await Promise.all(turn.map((role) => role.start()));
      }
      rolling = false;
      await load;
      expect(turns.flat()).toHaveLength(roles.size + 1);
      console.log(`${orders.length} orders accepted while ${roles.size + 1} processes were replaced`);
      expect(new Set(orders.map(({ status }) => status))).toEqual(new Set([202]));
      expect(await placedOrders()).toBe(before + new Set(orders.map(({ id }) => id)).size);
      expect(new Set(orders.map(({ id }) => id)).size).toBe(orders.length);
      await completed(orders);
    } finally {
      await second.end('SIGKILL');
    }
  });

  it('finds new partitions while orders come: none is lost, each step is done once', { timeout: 240_000 }, async () => {
    const admin = new kafkajs.Kafka({ brokers: [...kafka.brokers], logLevel: kafkajs.logLevel.NOTHING }).admin();
    await admin.connect();
    const orders: Awaited<ReturnType<typeof placeAt>>[] = [];
    let growing = true;
    const load = (async () => {
      for (let n = 0; growing; n++, await sleep(100)) orders.push(await placeAt([api], `growing ${n}`));
    })();
    try {
      const env = { PATH: process.env.PATH, DATABASE_URL: database.url, KAFKA_BROKERS: kafka.brokers.join(','), KAFKA_PARTITIONS: '12' };
      const { stdout } = await promisify(execFile)(process.execPath, ['dist/tools/migrate/main.js'], { cwd: root, env });
      expect(stdout).toContain('of 12 partitions are there');
      const groups = ['fulfilment', 'payments', 'notifications', 'status'].map((name) => `${name}.orders`);
      // What is read of those that were not there before.
      const readOf = async (groupId: string): Promise<number[]> => {
        const [orders] = await admin.fetchOffsets({ groupId, topics: ['orders'] });
        return orders!.partitions.filter(({ partition }) => partition >= 6).map(({ offset }) => Number(offset));
      };
      await vi.waitFor(
        async () => {
          for (const group of groups) {
            const read = await readOf(group);
            expect(read, group).toHaveLength(6);
            expect(Math.min(...read), group).toBeGreaterThan(0);
          }
        },
        { timeout: 60_000, interval: 200 },
      );
    } finally {
      growing = false;
      await Promise.all([load, admin.disconnect()]);
    }
    await completed(orders);
    console.log(`${orders.length} orders while six partitions became twelve`);
    for (const order of orders) {
      const books = await Promise.all(['gateway', 'printer', 'carrier'].map((service) => ledger(order, service)));
      expect(books.flat()).toEqual(['authorise ok', 'capture ok', 'print ok', 'ship ok']);
      const { items } = await follow<{ items: { version: number; type: string }[] }>(order, '/events');
      expect(items.map(({ version }) => version)).toEqual(items.map((_, i) => i + 1));
      const steps = items.map(({ type }) => type).filter((type) => type !== 'NotificationSent');
      expect(steps).toEqual([...new Set(steps)]);
    }
  });

  it('goes down cleanly, all at once, within its time', { timeout: 30_000 }, async () => {
    expect([...roles].filter(([, role]) => !role.alive).map(([name]) => name)).toEqual([]);
    const began = Date.now();
    expect(await Promise.all([...roles.values()].map((role) => role.end('SIGTERM')))).toEqual([...roles].map(() => 0));
    console.log(`${roles.size} processes stopped in ${Date.now() - began} ms`);
    expect(Date.now() - began).toBeLessThan(10_000);
  });

  it('has logged a JSON line an event, with request, order and instance, and nothing that opens an order or says whose it is', () => {
    const written = [...roles.values()].flatMap(({ log }) => log);
    const events = written.map((line) => JSON.parse(line) as Record<string, unknown>);
    const common = {
      time: expect.stringMatching(rfc3339),
      level: expect.any(String),
      instance: expect.any(String),
      msg: expect.any(String),
    };
    for (const event of events) {
      expect(event).toMatchObject(common);
      expect([...roles.keys()]).toContain(event.role);
    }
    const text = written.join('\n');
    for (const { id, token } of all.values()) {
      const made = events.filter(({ url, location }) => url === '/orders' && String(location).includes(`/orders/${id}`));
      expect(made).toEqual([expect.objectContaining({ role: 'api', status: 202, request: expect.any(String) })]);
      expect(text.includes(token), id).toBe(false);
    }
    for (const secret of [
      ...Object.values(cards),
      '12/39',
      'ada@',
      'Augusta',
      '1 Main St',
      'Vienna',
      receiver.url,
      'o'.repeat(32),
      'a'.repeat(43),
    ])
      expect(text.includes(secret), secret).toBe(false);
  });
});
