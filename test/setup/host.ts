import { start } from '#libs/host';
import { freePort } from '#tools/ports';
import type { QueryResultRow } from 'pg';
import request from 'supertest';
import { inject } from 'vitest';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { roles, shop } from '../../apps/backroom/shop.js';
import { startApart } from './apart.js';
import { freshDatabase } from './database.js';
import { query } from './query.js';

export const operatorToken = 'the-operator-of-the-tests';
const accessKey = 'the-access-key-of-the-tests';

export type TestHost = Awaited<ReturnType<typeof startHost>>;

/**
 * The shop, in the test's own process, on a database, a folder and a port of its own: all roles in one host on the embedded bus, or, in the
 * project `apart`, each in its own on a real Kafka. `more` are further settings.
 */
export async function startHost(more: Readonly<Record<string, string>> = {}) {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'backroom-host-'));
  await chmod(dir, 0o711);
  const database = await freshDatabase();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let fatal: Error | undefined;
  const env = {
    DATABASE_URL: database.url,
    DATA_DIR: dir,
    PORT: String(port),
    PUBLIC_URL: url,
    STATUS_URL: url,
    LOG_LEVEL: 'silent',
    OPERATOR_TOKEN: operatorToken,
    ACCESS_KEY: accessKey,
    ...more,
  };
  let set: Readonly<Record<string, string>> = env;
  const clean = async (): Promise<void> => {
    await database.drop();
    await rm(dir, { recursive: true, force: true });
  };
  const died = (error: Error): void => void (fatal ??= error);
  const together = () => start(roles, { env: set, defaults: { STOP_WITHIN_SECONDS: '4' }, infrastructure: (host) => shop(host, died) });
  let running = await (inject('apart') ? startApart(env, dir, died) : together()).catch(async (error: unknown) => {
    await clean();
    throw error;
  });
  return {
    url,
    http: () => request(url),
    /** Of the project `apart`. */
    brokers: 'brokers' in running ? running.brokers : undefined,
    /** GET of a link from an answer, as it stands. */
    follow: (link: string) => request(url).get(pathOf(link, url)),
    /** GET as the operator. */
    operator: (where: string) => request(url).get(where).set('authorization', `Bearer ${operatorToken}`),
    operatorHeaders: { authorization: `Bearer ${operatorToken}` },
    /** What no client can ask: how many events of this type there are in the whole shop. */
    async countOf(type: string): Promise<number> {
      const [row] = await query<{ n: number }>(database.url, `SELECT count(*)::int AS n FROM events WHERE type = '${type}'`);
      return row!.n;
    },
    /** What no client can do: a statement on the shop's database, by its owner. */
    sql: <R extends QueryResultRow>(text: string): Promise<R[]> => query<R>(database.url, text),
    /** Of the host with all roles: ends it, and starts another on what it leaves, with other settings. */
    async restart(others: Readonly<Record<string, string>> = {}): Promise<void> {
      await running.stop();
      set = { ...env, ...others };
      running = await together();
    },
    async stop(): Promise<void> {
      await running.stop();
      await clean();
      if (fatal) throw fatal;
    },
  };
}

/** @throws {Error} if it leads elsewhere: links are made of PUBLIC_URL and STATUS_URL */
export function pathOf(link: string, url: string): string {
  if (!link.startsWith(`${url}/`)) throw new Error(`${link} does not lead to ${url}`);
  return link.slice(url.length);
}
