import { Database, migrate } from '#libs/store';
import { startPostgres, type Postgres } from '#tools/postgres';
import pg from 'pg';

export interface Bench {
  readonly url: string;
  readonly db: Database;
  close(): Promise<void>;
}

/** A server as the consolidated host brings it: fsync and synchronous_commit on. */
export const startServer = (dir: string): Promise<Postgres> => startPostgres({ dir });

/** A database of its own on it; `shop`: with the shop's tables. */
export async function makeDatabase(server: Postgres, name: string, { shop }: { shop: boolean }): Promise<Bench> {
  const url = new URL(server.url);
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  url.pathname = `/${name}`;
  if (shop) await migrate(url.href);
  const db = new Database({ url: url.href, connections: 2 });
  return { url: url.href, db, close: () => db.close() };
}

/** Transactions committed so far. Whole once the processes that made them have ended: a backend reports its last ones when it goes. */
export async function commits({ db }: Bench): Promise<number> {
  const [row] = await db.run<{ n: number }>(
    'commits',
    'SELECT xact_commit::float8 AS n FROM pg_stat_database WHERE datname = current_database()',
    [],
  );
  return row!.n;
}

/** What a commit that waits for the disk takes longer than one that does not, in milliseconds: the median of 200. */
export async function fsyncMs({ db }: Bench): Promise<number> {
  await db.run('sync-table', 'CREATE TABLE IF NOT EXISTS synced (n int)', []);
  const timed = async (how: 'on' | 'off'): Promise<number> => {
    const took: number[] = [];
    for (let n = 0; n < 200; n++) {
      took.push(
        await db
          .transaction(async (tx) => {
            await tx.run(`sync-${how}`, `SELECT set_config('synchronous_commit', '${how}', true)`, []);
            await tx.run('sync-insert', 'INSERT INTO synced VALUES ($1)', [n]);
            return performance.now();
          })
          .then((before) => performance.now() - before),
      );
    }
    return took.toSorted((a, b) => a - b)[100]!;
  };
  return (await timed('on')) - (await timed('off'));
}
