import { KafkaBus, lackingTopics } from '#libs/bus';
import { readSettings, type Settings } from '#libs/host';
import { topics } from '#libs/platform';
import { lackingMigrations, type Database } from '#libs/store';
import { access, constants, statfs } from 'node:fs/promises';
import nodemailer from 'nodemailer';
import { columns, exits, type Command } from './command.js';
import { openShop, shopSettings, type Shop } from './shop.js';

export interface Finding {
  readonly what: string;
  readonly well: boolean;
  /** What was seen; where it is not well, what to do. */
  readonly told: string;
}

const patienceMs = 5_000;
/** Bytes. PostgreSQL stops writing long before nothing is left. */
const leastFree = 1024 ** 3;

/** Each looks at one thing that the shop needs. @returns what was seen @throws {Error} what is wrong; `todo` says what helps */
const checks: readonly { what: string; todo: string; look(shop: { db?: Database; settings: Settings }): Promise<string> }[] = [
  {
    what: 'database',
    todo: 'See that PostgreSQL runs, and that DATABASE_URL leads to it by a login that may act as backroom_status.',
    async look({ db }) {
      await opened(db).ping();
      return 'answers';
    },
  },
  {
    what: 'schema',
    todo: 'Run tools/migrate of this build.',
    async look({ db }) {
      const lacking = await lackingMigrations(opened(db));
      if (lacking.length > 0) throw new Error(`${lacking.length} migrations have not been run: ${lacking.join(', ')}.`);
      return 'is this build’s';
    },
  },
  {
    what: 'grants',
    todo: 'Run tools/migrate, and take back what was granted by hand.',
    async look({ db }) {
      const rows = await opened(db).run<{ role: string; may: boolean }>(
        'doctor-grants',
        `SELECT rolname AS role, has_table_privilege(oid, 'events', 'UPDATE') OR has_table_privilege(oid, 'events', 'DELETE') AS may
         FROM pg_roles WHERE rolname LIKE 'backroom\\_%' ORDER BY rolname`,
        [],
      );
      const free = rows.filter(({ may }) => may).map(({ role }) => role);
      if (free.length > 0) throw new Error(`${free.join(', ')} may change or delete events.`);
      return `${rows.length} roles, of which none may change an event`;
    },
  },
  {
    what: 'broker',
    todo: 'See that Kafka runs, and that KAFKA_BROKERS leads to it.',
    async look({ settings: { KAFKA_BROKERS: brokers } }) {
      if (!brokers) return 'none is set: roles in one process need none';
      const bus = new KafkaBus({ brokers, clientId: 'backroom-doctor', onFatal: () => {} });
      try {
        await bus.ping(AbortSignal.timeout(patienceMs));
      } finally {
        await bus.close();
      }
      return 'answers';
    },
  },
  {
    what: 'topics',
    todo: 'backroom republish makes them anew, and tells again of what was in them.',
    async look({ settings: { KAFKA_BROKERS: brokers } }) {
      if (!brokers) return 'none are needed';
      const names = topics().map(({ name }) => name);
      const lacking = await within(lackingTopics({ brokers }, names));
      if (lacking.length > 0) throw new Error(`${lacking.join(', ')} ${lacking.length === 1 ? 'is' : 'are'} not there.`);
      return `all ${names.length} are there`;
    },
  },
  {
    what: 'world',
    todo: 'See that the bank, the printer and the carrier of WORLD_URL can be reached from here.',
    async look({ settings: { WORLD_URL } }) {
      if (!WORLD_URL) return 'the host brings its own';
      const { status } = await fetch(new URL('/health/live', WORLD_URL), { signal: AbortSignal.timeout(patienceMs) });
      if (status !== 200) throw new Error(`It answers ${status}.`);
      return 'answers';
    },
  },
  {
    what: 'SMTP',
    todo: 'See that the server of SMTP_URL can be reached from here, and takes its user and password.',
    async look({ settings: { SMTP_URL } }) {
      if (!SMTP_URL) return 'the host brings its own inbox';
      const transport = nodemailer.createTransport({
        url: SMTP_URL,
        connectionTimeout: patienceMs,
        greetingTimeout: patienceMs,
        socketTimeout: patienceMs,
      });
      try {
        await transport.verify();
      } finally {
        transport.close();
      }
      return 'answers';
    },
  },
  {
    what: 'disk',
    todo: 'Make room, or set DATA_DIR to a folder of yours on another disk.',
    async look({ settings: { DATA_DIR } }) {
      await access(DATA_DIR, constants.R_OK | constants.W_OK);
      const { bavail, bsize } = await statfs(DATA_DIR);
      const gigabytes = ((bavail * bsize) / 1024 ** 3).toFixed(1);
      if (bavail * bsize < leastFree) throw new Error(`${gigabytes} GB are free at ${DATA_DIR}.`);
      return `${gigabytes} GB are free at ${DATA_DIR}`;
    },
  },
];

export const doctor: Command = {
  name: 'doctor',
  summary: 'Looks at all that the shop needs, and says what to do where something is amiss.',
  more: 'Exit code 1 if anything is. The settings are those of this shell: run it where the processes have theirs.',
  async run(given) {
    const findings = await examine(given.env);
    given.show(findings, (all) => columns(all.map(({ what, well, told }) => [well ? '✓' : '✗', what, told])));
    return findings.every(({ well }) => well) ? exits.done : exits.failed;
  },
};

async function examine(env: NodeJS.ProcessEnv): Promise<Finding[]> {
  let settings: Settings;
  try {
    settings = readSettings(env);
  } catch (error) {
    return [{ what: 'settings', well: false, told: (error as Error).message }];
  }
  let shop: Shop | undefined;
  const findings: Finding[] = [{ what: 'settings', well: true, told: 'can be read' }];
  let unopened: Error | undefined;
  try {
    shop = openShop(shopSettings(env));
  } catch (error) {
    unopened = error as Error;
  }
  const seen = checks.map(async ({ what, todo, look }): Promise<Finding> => {
    try {
      if (what === 'database' && unopened) throw unopened;
      return { what, well: true, told: await look({ db: shop?.db, settings }) };
    } catch (error) {
      const { message, code } = error as NodeJS.ErrnoException;
      return { what, well: false, told: `${(message || code || String(error)).replace(/\.?$/, '.')} ${todo}` };
    }
  });
  findings.push(...(await Promise.all(seen)));
  await shop?.close();
  return findings;
}

function opened(db: Database | undefined): Database {
  if (!db) throw new Error('It cannot be looked at.');
  return db;
}

async function within<T>(work: Promise<T>): Promise<T> {
  const late = AbortSignal.timeout(patienceMs);
  return Promise.race([
    work,
    new Promise<never>((_, reject) => late.addEventListener('abort', () => reject(new Error('It does not answer.')))),
  ]);
}
