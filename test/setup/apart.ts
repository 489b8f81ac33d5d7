import { start, type Host, type Infrastructure, type Role, type Running } from '#libs/host';
import { platform } from '#libs/platform';
import { startKafka } from '#tools/kafka';
import { setUp } from '#tools/migrate';
import { startWorld } from '#tools/world';
import http from 'node:http';
import path from 'node:path';
import { startInbox } from '../../apps/backroom/inbox/inbox.js';
import { roles } from '../../apps/backroom/shop.js';
import { untilCoordinated } from '../../tools/stack/coordinator.js';

export interface Apart {
  readonly brokers: readonly string[];
  stop(): Promise<void>;
}

/**
 * Each role in a host of its own, on a real Kafka; in the test's own process, as what is asked is the contract and not the crash. The two that
 * have doors stand behind one address (PUBLIC_URL, STATUS_URL), so that what is asked of the consolidated host can be asked of them.
 */
export async function startApart(env: Readonly<Record<string, string>>, dir: string, fatal: (error: Error) => void): Promise<Apart> {
  const closing: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const close of closing.splice(0)) await close();
  };
  try {
    const kafka = await startKafka({ nodes: 1, dir: path.join(dir, 'kafka') });
    closing.unshift(() => kafka.stop('SIGKILL'));
    await untilCoordinated(kafka.brokers);
    await setUp({ databaseUrl: env.DATABASE_URL!, brokers: kafka.brokers, passwords: new Map() });
    const delayOf = (name: string): number => Number(env[`${name}_DELAY_MS`] ?? 0);
    const delays = { gateway: delayOf('GATEWAY'), printer: delayOf('PRINTER'), carrier: delayOf('CARRIER') };
    const world = await startWorld({ port: 0, dir: path.join(dir, 'world'), delays });
    closing.unshift(() => world.close());
    const inbox = await startInbox({ dir: path.join(dir, 'inbox') });
    closing.unshift(() => inbox.close());

    const outside = {
      KAFKA_BROKERS: kafka.brokers.join(','),
      WORLD_URL: world.url,
      SMTP_URL: inbox.smtpUrl,
      WEBHOOK_SECRET: 'w'.repeat(43),
    };
    const alone = (role: Role): Promise<Running> =>
      start([role], {
        env: { ...outside, ...env, PORT: '0' },
        defaults: { STOP_WITHIN_SECONDS: '4' },
        infrastructure: (host: Host): Promise<Infrastructure> => platform(host, { fatal }),
      });
    const hosts = new Map<string, Running>();
    closing.unshift(() => Promise.all([...hosts.values()].map((host) => host.stop())));
    await Promise.all(roles.map(async (role) => hosts.set(role.name, await alone(role))));

    const address = new URL(env.PUBLIC_URL!);
    const door = await frontOf(Number(address.port), hosts.get('api')!.url, hosts.get('status')!.url);
    closing.unshift(async () => {
      door.closeAllConnections();
      await new Promise((closed) => door.close(closed));
    });
    return { brokers: kafka.brokers, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const isFront = (method: string, url: string): boolean =>
  method === 'GET' || method === 'HEAD'
    ? /^\/(products|payment-key)\/?($|\?)/.test(url)
    : /^\/(orders|photos|imports|accounts)\b/.test(url);

/** Hands each request to the service it is for, and its answer back, as they are. */
async function frontOf(port: number, api: string, status: string): Promise<http.Server> {
  const server = http.createServer({ requestTimeout: 0 }, (request, response) => {
    const { method = 'GET', url = '/', headers } = request;
    const { hostname, port: to } = new URL(isFront(method, url) ? api : status);
    const passed = http.request({ hostname, port: to, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.rawHeaders);
      answer.pipe(response);
      answer.once('error', () => response.destroy());
    });
    passed.once('error', () => response.destroy());
    response.once('close', () => passed.destroy());
    // What is refused by its headers alone is refused before its body.
    passed.flushHeaders();
    request.pipe(passed);
  });
  await new Promise<void>((open, failed) => server.once('error', failed).listen(port, '127.0.0.1', open));
  return server;
}
