import type { Settings } from '#libs/host';
import { startKafka, whyNoKafka } from '#tools/kafka';
import { keepPostgres } from '#tools/postgres';
import path from 'node:path';
import { startInbox } from '../../apps/backroom/inbox/inbox.js';
import { untilCoordinated } from './coordinator.js';

export interface Services {
  readonly env: Readonly<Record<'DATABASE_URL' | 'KAFKA_BROKERS' | 'SMTP_URL', string>>;
  /** The last started first. */
  stop(): Promise<void>;
}

/**
 * What the roles' processes share: those of the settings, and embedded ones, kept in DATA_DIR, for what is not set.
 * @throws {Error} a sentence where there is no Kafka and none can be had; nothing is left running then
 */
export async function startServices(
  settings: Settings,
  { say, fatal }: { say: (name: string, line: string) => void; fatal: (error: Error) => void },
): Promise<Services> {
  const dir = settings.DATA_DIR;
  const closing: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const one of closing) await one();
  };
  try {
    const brokers = settings.KAFKA_BROKERS ?? (await kafkaIn());
    const database = settings.DATABASE_URL ?? (await postgresIn());
    const mail = settings.SMTP_URL ?? (await inboxIn());
    return { env: { DATABASE_URL: database, KAFKA_BROKERS: brokers.join(','), SMTP_URL: mail }, stop };
  } catch (error) {
    await stop();
    throw error;
  }

  async function postgresIn(): Promise<string> {
    const postgres = await keepPostgres({
      dir: path.join(dir, 'postgres'),
      lost: (why) => say('stack', `${why}\nPostgreSQL starts again`),
      over: fatal,
    });
    closing.unshift(() => postgres.stop());
    return postgres.url;
  }

  async function kafkaIn(): Promise<readonly string[]> {
    const why = whyNoKafka();
    if (why) throw new Error(`There is no Kafka: ${why} Set KAFKA_BROKERS, or use npm start, which needs none.`);
    const kafka = await startKafka({ nodes: 1, dir: path.join(dir, 'kafka') });
    closing.unshift(() => kafka.stop());
    await untilCoordinated(kafka.brokers);
    return kafka.brokers;
  }

  async function inboxIn(): Promise<string> {
    const inbox = await startInbox({ dir: path.join(dir, 'inbox') });
    closing.unshift(() => inbox.close());
    return inbox.smtpUrl;
  }
}
