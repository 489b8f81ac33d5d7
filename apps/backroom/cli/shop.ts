import { readSettings, type Settings } from '#libs/host';
import { Database } from '#libs/store';
import { runningPostgres } from '#tools/postgres';
import { readFileSync } from 'node:fs';
import path from 'node:path';

/** The shop that a command works on. */
export interface Shop {
  readonly db: Database;
  readonly settings: Settings;
  close(): Promise<void>;
}

/** By the same settings as the processes of the shop. @throws {Error} one sentence if they are wrong, or none is running */
export function shopSettings(env: NodeJS.ProcessEnv): Settings & { readonly DATABASE_URL: string } {
  const settings = readSettings(env);
  const url = settings.DATABASE_URL ?? runningPostgres(path.join(settings.DATA_DIR, 'postgres'));
  if (!url) throw new Error(`No shop is running on DATA_DIR ${settings.DATA_DIR}: start it, or set DATABASE_URL to that of another.`);
  return { ...settings, DATABASE_URL: url, ACCESS_KEY: settings.ACCESS_KEY ?? keptKey(settings.DATA_DIR) };
}

/** As the status service, which may do what an operator may. */
export const openShop = (settings: Settings & { readonly DATABASE_URL: string }): Shop => {
  const db = new Database({ url: settings.DATABASE_URL, role: 'backroom_status', connections: 2 });
  return { db, settings, close: () => db.close() };
};

/** What the consolidated host has made for itself; without it no link of an order is shown. */
function keptKey(dir: string): string | undefined {
  try {
    return (JSON.parse(readFileSync(path.join(dir, 'secrets.json'), 'utf8')) as { accessKey?: string }).accessKey;
  } catch {
    return undefined;
  }
}
