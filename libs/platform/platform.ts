import { Access } from '#libs/access';
import { Bus, EmbeddedBus, ensureTopics, KafkaBus, lanes, type Lane } from '#libs/bus';
import { SettingsError, type Host, type Infrastructure } from '#libs/host';
import { Database, pausedOf, postgresEventStore, remembering } from '#libs/store';
import { Global, Module } from '@nestjs/common';
import { EventEmitter } from 'node:events';
import { Attendance } from './attendance.js';
import { watchShop } from './checks.js';
import { Duties } from './duties.js';
import { Lags } from './lags.js';
import { measureShop } from './shop-metrics.js';
import { topics } from './topics.js';

/**
 * Wakes whoever waits for the outbox: a hint that saves a poll's wait. In one process it is a call; between processes a NOTIFY, outside the
 * accept's transaction and at most each 5 ms, since it takes a lock that all commits share.
 */
export class Wake {
  private readonly ears = new EventEmitter();
  private waiting?: NodeJS.Timeout;

  constructor(
    private readonly db: Database,
    private readonly acrossProcesses: boolean,
  ) {}

  relay(which: ReadonlySet<Lane>): void {
    this.ears.emit('outbox', which);
    if (!this.acrossProcesses || this.waiting) return;
    this.waiting = setTimeout(() => {
      this.waiting = undefined;
      // Lost, it costs a second.
      this.db.run('wake', `SELECT pg_notify('outbox', '')`, []).catch(() => {});
    }, 5);
  }

  /** Returns what ends it. */
  hear(ring: (which: Iterable<Lane>) => void): () => Promise<void> {
    this.ears.on('outbox', ring);
    const end = this.acrossProcesses ? this.db.listen('outbox', () => ring(lanes)) : async () => {};
    return async () => {
      this.ears.off('outbox', ring);
      await end();
    };
  }
}

/** The streams as the roles of a process read them, the token of an `EventStore`: what one has read or appended, the others need not read. */
export const STREAMS = Symbol('streams');

/** A process' database, bus and keys, made of its settings and shared by its roles. */
export async function platform(
  { settings, log, instance, health, metrics, startUp }: Host,
  { fatal }: { fatal(error: Error): void },
): Promise<Infrastructure> {
  const { DATABASE_URL, KAFKA_BROKERS, ACCESS_KEY, OPERATOR_TOKEN } = settings;
  if (!DATABASE_URL) throw new SettingsError('DATABASE_URL must be set: only the consolidated host brings a database of its own.');
  if (!ACCESS_KEY || !OPERATOR_TOKEN)
    throw new SettingsError('ACCESS_KEY and OPERATOR_TOKEN must be set: only the consolidated host makes its own.');
  const one = instance.roles.length === 1;
  if (one && !KAFKA_BROKERS)
    throw new SettingsError('KAFKA_BROKERS must be set: roles in processes of their own hear of each other by Kafka alone.');

  const role = one ? `backroom_${instance.roles[0]}` : 'backroom_host';
  const onError = (error: Error): void => log.warn({ error }, 'a database connection broke');
  const db = new Database({ url: DATABASE_URL, role, connections: settings.DATABASE_CONNECTIONS ?? (one ? 10 : 30), onError });
  const busLog = (level: 'debug' | 'info' | 'warn' | 'error', message: string, details?: object): void =>
    log[level](details ?? {}, message);
  let bus: Bus = new EmbeddedBus({ log: busLog });
  if (KAFKA_BROKERS) {
    // tools/migrate makes them. Not waited for: the front door opens without a broker, and consumers try again until their topic is there.
    startUp.background('topics', () => ensureTopics({ brokers: KAFKA_BROKERS, clientId: instance.id, log: busLog, grow: false }, topics()));
    bus = new KafkaBus({ brokers: KAFKA_BROKERS, clientId: instance.id, log: busLog, onFatal: fatal });
  }
  const lags = new Lags(bus);
  // The front door needs the database alone.
  watchShop(health, { db, bus, lags, needsBroker: !instance.roles.includes('api') });

  const duties = new Duties(instance.roles);
  // Before anything is taken up. Where the database does not answer yet, the first beat says so.
  for (const paused of await pausedOf(db, instance.roles).catch(() => [])) duties.of(paused).paused = true;

  for (const duty of duties.all()) duty.frozen = settings.FREEZE;

  measureShop(metrics, { db, lags, duties });

  const provided = [
    { provide: Duties, useValue: duties },
    { provide: Attendance, useFactory: () => new Attendance({ db, duties, instance, log, acrossProcesses: one }) },
    { provide: Database, useValue: db },
    { provide: STREAMS, useValue: remembering(postgresEventStore) },
    { provide: Bus, useValue: bus },
    { provide: Lags, useValue: lags },
    { provide: Wake, useValue: new Wake(db, one) },
    { provide: Access, useValue: new Access(ACCESS_KEY, OPERATOR_TOKEN) },
  ];
  return {
    modules: [{ module: Platform, providers: provided, exports: provided.map(({ provide }) => provide) }],
    async close() {
      await bus.close();
      await db.close();
    },
  };
}

@Global()
@Module({})
class Platform {}
