import { SettingsError, StartUpError, type Host, type Settings } from '#libs/host';
import { isOutage, migrate } from '#libs/store';
import { FolderInUse, keepPostgres } from '#tools/postgres';
import { startWorld } from '#tools/world';
import path from 'node:path';
import { makeDataDir } from './data-dir.js';
import { startInbox, type Inbox } from './inbox/inbox.js';
import { mayBreak } from './playground.js';
import { secretsIn } from './secrets.js';

export interface Embedded {
  readonly settings: Pick<Settings, 'DATABASE_URL' | 'WORLD_URL' | 'SMTP_URL' | 'ACCESS_KEY' | 'OPERATOR_TOKEN' | 'WEBHOOK_SECRET'>;
  readonly inbox: Inbox;
  /** The outside world, where it may be broken on purpose: it is our own, and so is the database, or LAB says so; never in production. */
  readonly playground?: string;
  close(): Promise<void>;
}

/**
 * What the consolidated host brings along where it was not given any: a database, the outside world, an inbox, and the secrets. All of it is
 * kept in DATA_DIR, so that a restart finds its orders, its links and its sealed cards again.
 * @param fatal called when its database is gone for good
 * @throws {SettingsError} if the folder cannot be written, or another host is running on it
 */
export async function embed({ settings, log }: Host, fatal: (error: Error) => void): Promise<Embedded> {
  const dir = settings.DATA_DIR;
  await makeDataDir(dir);
  const secrets = await secretsIn(path.join(dir, 'secrets.json'));
  const closing: (() => Promise<unknown>)[] = [];
  try {
    let url = settings.DATABASE_URL;
    if (!url) {
      const postgres = await keepPostgres({
        dir: path.join(dir, 'postgres'),
        lost: (why) => log.error({ why }, 'the embedded PostgreSQL was lost, and starts again'),
        over: fatal,
      }).catch((error: unknown) => {
        if (!(error instanceof FolderInUse)) throw error;
        throw new SettingsError(`Another host is running on DATA_DIR ${dir}: stop it first, or set DATA_DIR to another folder.`);
      });
      closing.unshift(() => postgres.stop());
      url = postgres.url;
    }
    await migrate(url).catch((error: unknown) => {
      throw isOutage(error) ? error : new StartUpError('migrations', error);
    });
    let outside = settings.WORLD_URL;
    if (!outside) {
      const delays = { gateway: settings.GATEWAY_DELAY_MS, printer: settings.PRINTER_DELAY_MS, carrier: settings.CARRIER_DELAY_MS };
      const world = await startWorld({ port: 0, dir: path.join(dir, 'world'), delays });
      closing.unshift(() => world.close());
      outside = world.url;
    }
    const inbox = await startInbox({ dir: path.join(dir, 'inbox') });
    closing.unshift(() => inbox.close());
    return {
      inbox,
      ...(mayBreak(settings).shop && { playground: outside }),
      settings: {
        DATABASE_URL: url,
        WORLD_URL: outside,
        SMTP_URL: settings.SMTP_URL ?? inbox.smtpUrl,
        ACCESS_KEY: settings.ACCESS_KEY ?? secrets.accessKey,
        OPERATOR_TOKEN: settings.OPERATOR_TOKEN ?? secrets.operatorToken,
        WEBHOOK_SECRET: settings.WEBHOOK_SECRET ?? secrets.webhookSecret,
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }

  async function close(): Promise<void> {
    for (const one of closing) await one();
  }
}
