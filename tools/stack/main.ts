import { role as api } from '#apps/api';
import { role as fulfilment } from '#apps/fulfilment';
import { role as jobs } from '#apps/jobs';
import { role as notifications } from '#apps/notifications';
import { role as payments } from '#apps/payments';
import { role as relay } from '#apps/relay';
import { role as scheduler } from '#apps/scheduler';
import { role as status } from '#apps/status';
import { role as thumbnails } from '#apps/thumbnails';
import { makeIsEcho, readSettings } from '#libs/host';
import { Database, type Told } from '#libs/store';
import { loginUrl, setUp } from '#tools/migrate';
import { freePort } from '#tools/ports';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { makeDataDir } from '../../apps/backroom/data-dir.js';
import { mayBreak } from '../../apps/backroom/playground.js';
import { secretsIn } from '../../apps/backroom/secrets.js';
import { startControl } from './control.js';
import { keepAlive, type KeptAlive } from './kept-alive.js';
import { passwordsFor } from './logins.js';
import { readPools, roomFor } from './pool-size.js';
import { startPool, type Pool } from './pool.js';
import { makeSay } from './say.js';
import { startServices, type Services } from './services.js';
import { welcome } from './welcome.js';
import { wipeKafka } from './wipe.js';

/** The shop as in production: a process a role, on PostgreSQL and Kafka. PORT moves all ports: status is PORT + 1, the world PORT + 10. */
const roles = [api, status, relay, fulfilment, payments, thumbnails, notifications, jobs, scheduler];
const say = makeSay(['stack', 'world', ...roles.map(({ name }) => name)]);
const compiled = (file: string): string => fileURLToPath(new URL(`../../${file}`, import.meta.url));
const stopWithinMs = 4_000;

let services: Services | undefined;
let stopping: Promise<void> | undefined;
const children: KeptAlive[] = [];
const pools: Pool[] = [];
let control: Awaited<ReturnType<typeof startControl>> | undefined;

const isEcho = makeIsEcho();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, (signal) => void (isEcho(signal) || end()));
try {
  await open();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  await end(1);
}

async function open(): Promise<void> {
  const began = Date.now();
  const settings = readSettings(process.env);
  // The doors have an address of their own, and of relay and scheduler one leads: more of them would do no more.
  const poolable = roles.filter((role) => ![api, status, relay, scheduler].includes(role)).map(({ name }) => name);
  const sizes = readPools(process.env.POOL, process.env.POOL_COOL_SECONDS, poolable);
  const dir = settings.DATA_DIR;
  await makeDataDir(dir);
  const secrets = await secretsIn(path.join(dir, 'secrets.json'));
  services = await startServices(settings, {
    say,
    fatal(error) {
      say('stack', error.message);
      void end(1);
    },
  });
  if (stopping) return;
  const { DATABASE_URL, KAFKA_BROKERS } = services.env;
  const names = roles.map(({ name }) => name);
  const passwords = passwordsFor(DATABASE_URL, names, settings.ACCESS_KEY ?? secrets.accessKey);
  say('stack', await setUp({ databaseUrl: DATABASE_URL, brokers: KAFKA_BROKERS.split(','), passwords }));
  if (stopping) return;

  const at = (offset: number): string => String(settings.PORT + offset);
  const local = (offset: number): string => `http://localhost:${at(offset)}`;
  const statusUrl = process.env.STATUS_URL || local(1);
  const shared = {
    STOP_WITHIN_SECONDS: String(stopWithinMs / 1000),
    ...process.env,
    ...services.env,
    STACK_URL: undefined,
    DATA_DIR: dir,
    WORLD_URL: settings.WORLD_URL ?? `http://127.0.0.1:${at(10)}`,
    ACCESS_KEY: settings.ACCESS_KEY ?? secrets.accessKey,
    OPERATOR_TOKEN: settings.OPERATOR_TOKEN ?? secrets.operatorToken,
    WEBHOOK_SECRET: settings.WEBHOOK_SECRET ?? secrets.webhookSecret,
    PUBLIC_URL: process.env.PUBLIC_URL || local(0),
    STATUS_URL: statusUrl,
    // The dashboard's shop orders at the front door, which is another origin here.
    CORS_ORIGINS: process.env.CORS_ORIGINS || new URL(statusUrl).origin,
  };
  if (!settings.WORLD_URL) {
    const env = { ...shared, DATABASE_URL: undefined, PORT: at(10), DATA_DIR: path.join(dir, 'world') };
    children.push(keepAlive('world', compiled('tools/world/main.js'), { env, say }));
  }
  const may = mayBreak(settings);
  if (settings.NODE_ENV !== 'production') {
    control = await startControl({
      processes: () => [...children.filter(({ name }) => name !== 'world'), ...pools.flatMap(({ instances }) => instances)],
      pools,
      lab: may.shop,
      wipe: may.kafka ? wipe : undefined,
      room: roomFor(await connectionsOf(DATABASE_URL), roles.length - poolable.length, settings.DATABASE_CONNECTIONS),
      say: (sentence) => say('stack', sentence),
    });
  }
  const beside = { STACK_URL: control?.url, LAB: String(may.shop) };
  for (const { name, port } of roles) {
    const env = {
      ...shared,
      ...(name === status.name && beside),
      PORT: at(port - api.port),
      DATABASE_URL: loginUrl(DATABASE_URL, name, passwords.get(name)!),
    };
    const launch = (own: NodeJS.ProcessEnv): KeptAlive => keepAlive(name, compiled(`apps/${name}/main.js`), { env: own, say });
    const size = sizes.get(name);
    if (!size) {
      children.push(launch(env));
      continue;
    }
    const pool = startPool({
      role: name,
      size,
      graceMs: stopWithinMs + 500,
      lag: () => lagOf(name, local(1), shared.OPERATOR_TOKEN),
      launch: async (nth) => launch(nth === 0 ? env : { ...env, PORT: String(await freePort()) }),
      say: (sentence) => say('stack', sentence),
    });
    pools.push(pool);
  }
  const urls = new Map(roles.map(({ name, port }) => [name, local(port - api.port)]));
  await Promise.all([...urls.values()].map(untilReady));
  if (stopping) return;
  say('stack', `ready after ${((Date.now() - began) / 1000).toFixed(1)} s`);
  console.log(welcome(shared, urls));
}

async function wipe(): Promise<Told> {
  const { DATABASE_URL, KAFKA_BROKERS } = services!.env;
  say('stack', 'Kafka is wiped');
  const told = await wipeKafka({ databaseUrl: DATABASE_URL, brokers: KAFKA_BROKERS.split(',') });
  say('stack', `Kafka was wiped: ${told.news} news of ${told.streams} streams are told again`);
  return told;
}

async function connectionsOf(databaseUrl: string): Promise<number> {
  const db = new Database({ url: databaseUrl, connections: 1 });
  try {
    const [row] = await db.run<{ most: number }>(
      'stack-connections',
      `SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS most`,
      [],
    );
    return row!.most;
  } finally {
    await db.close();
  }
}

async function untilReady(url: string): Promise<void> {
  while (!stopping) {
    const ready = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(2_000) }).then(
      (answer) => answer.ok,
      () => false,
    );
    if (ready) return;
    await sleep(100);
  }
}

/** As the Workers page has it, and KEDA: what a role's groups have not heard, and what is due and taken up by nobody. */
async function lagOf(role: string, statusUrl: string, token: string): Promise<number | undefined> {
  const answer = await fetch(`${statusUrl}/workers`, {
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(2_000),
  });
  if (!answer.ok) return undefined;
  const { items } = (await answer.json()) as { items: { role: string; lag: number | null }[] };
  return items.find((one) => one.role === role)?.lag ?? undefined;
}

/** The roles first, while database and broker can still take what they have in hand. A second signal waits for nobody. */
async function end(code = 0): Promise<void> {
  if (stopping) process.exit(1);
  stopping = (async () => {
    say('stack', 'stopping');
    const working = [...pools, ...children.filter(({ name }) => name !== 'world')];
    await Promise.all(working.map((one) => one.stop(stopWithinMs + 500)));
    await Promise.all(children.map((child) => child.stop(1_000)));
    await control?.close();
    await services?.stop();
    say('stack', 'stopped');
  })();
  await stopping;
  process.exit(code);
}
