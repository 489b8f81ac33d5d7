import { migrate } from '#libs/store';
import { startKafka, type KafkaCluster } from '#tools/kafka';
import { loginUrl, setLogins } from '#tools/migrate';
import { freePort } from '#tools/ports';
import { startPostgres, type Postgres } from '#tools/postgres';
import fs from 'node:fs';
import path from 'node:path';
import { untilCoordinated } from '../../stack/coordinator.js';
import { passwordsFor } from '../../stack/logins.js';
import { startMailServer, type MailServer } from './mail-server.js';
import { startRole, type Death, type LabRole } from './role.js';

export interface Stack {
  readonly dir: string;
  readonly postgres: Postgres;
  readonly kafka: KafkaCluster;
  readonly mail: MailServer;
  readonly world: LabRole;
  readonly roles: ReadonlyMap<string, LabRole>;
  /** A second instance of a role, on a port of its own. */
  second(name: string): Promise<LabRole>;
  stop(): Promise<void>;
}

interface Options {
  /** For all that is kept: data, logs, books. The lab's own, new. */
  readonly dir: string;
  readonly brokers: 1 | 3;
  readonly mutation?: string;
  readonly died: (death: Death) => void;
  readonly back: (role: string) => void;
}

const compiled = path.resolve(import.meta.dirname, '../../..');
/** Those that are there: a role that is built tomorrow is in tomorrow's lab. */
export const roleNames = (): string[] =>
  fs
    .readdirSync(path.join(compiled, 'apps'))
    .filter((name) => name !== 'backroom' && fs.existsSync(path.join(compiled, 'apps', name, 'main.js')));

const heapMb = 96;

/** The shop, a process a role, on a real PostgreSQL and a real Kafka, with the outside it works for. Rejects, and leaves nothing running, if a part does not start. */
export async function startStack({ dir, brokers, mutation, died, back }: Options): Promise<Stack> {
  const closing: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const close of closing.splice(0).toReversed()) await close().catch(() => {});
  };
  const logs = path.join(dir, 'logs');
  fs.mkdirSync(logs, { recursive: true });
  try {
    const [postgres, kafka, mail] = await Promise.all([
      startPostgres({ dir: path.join(dir, 'postgres') }).then((started) => (closing.push(() => started.stop()), started)),
      startKafka({ nodes: brokers, dir: path.join(dir, 'kafka'), heap: brokers === 1 ? '160m' : '128m' }).then(
        (started) => (closing.push(() => started.stop('SIGKILL')), started),
      ),
      startMailServer().then((started) => (closing.push(() => started.close()), started)),
    ]);
    await Promise.all([migrate(postgres.url), untilCoordinated(kafka.brokers)]);

    const names = roleNames();
    // Each role with the rights it has, and no more.
    const passwords = passwordsFor(postgres.url, names, 'lab');
    await setLogins(postgres.url, passwords);
    const ports = new Map<string, number>();
    for (const name of [...names, 'world']) ports.set(name, await freePort());
    const at = (name: string): string => `http://127.0.0.1:${ports.get(name)}`;
    const env = {
      KAFKA_BROKERS: kafka.brokers.join(','),
      SMTP_URL: mail.url,
      WORLD_URL: at('world'),
      ACCESS_KEY: 'a'.repeat(43),
      WEBHOOK_SECRET: 'w'.repeat(43),
      OPERATOR_TOKEN: 'o'.repeat(32),
      DATA_DIR: path.join(dir, 'data'),
      PUBLIC_URL: at('api'),
      STATUS_URL: at('status'),
      ...(mutation && { LAB_MUTATION: mutation }),
    };
    const shared = { dir: logs, heapMb, died, back };
    const worldEnv = { DATA_DIR: path.join(dir, 'world'), GATEWAY_DELAY_MS: '30', PRINTER_DELAY_MS: '30', CARRIER_DELAY_MS: '30' };
    const worldFile = path.join(compiled, 'tools/world/main.js');
    const world = startRole('world', { file: worldFile, port: ports.get('world')!, env: worldEnv, ...shared });
    closing.push(() => world.stop());
    const launch = (name: string, port: number): LabRole => {
      const login = { DATABASE_URL: loginUrl(postgres.url, name, passwords.get(name)!) };
      const role = startRole(name, { file: path.join(compiled, 'apps', name, 'main.js'), port, env: { ...env, ...login }, ...shared });
      closing.push(() => role.stop());
      return role;
    };
    const roles = new Map(names.map((name) => [name, launch(name, ports.get(name)!)]));
    await Promise.all([...roles.values()].map((role) => role.ready()));
    return { dir, postgres, kafka, mail, world, roles, second: async (name) => launch(name, await freePort()), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
