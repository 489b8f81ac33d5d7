import { start, type Running } from '#libs/host';
import { platform } from '#libs/platform';
import { isOutage } from '#libs/store';
import { freePort } from '#tools/ports';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { role } from '../apps/jobs/role.js';
import { freshDatabase } from './setup/database.js';
import { doorTo } from './setup/door.js';
import { query } from './setup/query.js';

let database: Awaited<ReturnType<typeof freshDatabase>>;
let dir: string;
beforeAll(async () => {
  database = await freshDatabase();
  dir = await mkdtemp(path.join(os.tmpdir(), 'backroom-away-'));
});
afterAll(async () => {
  await database?.drop();
  await rm(dir, { recursive: true });
});

it('a role that starts while the database is away lives, waits, and works once it is back; away again, nothing ends', async () => {
  const port = await freePort();
  const door = doorTo(database.url, await freePort());
  const fatal = vi.fn();
  const env = {
    PORT: String(port),
    DATABASE_URL: door.url,
    DATA_DIR: dir,
    LOG_LEVEL: 'silent',
    ACCESS_KEY: 'key',
    OPERATOR_TOKEN: 'operator',
    // Nobody there: jobs need none.
    KAFKA_BROKERS: `127.0.0.1:${await freePort()}`,
    STOP_WITHIN_SECONDS: '4',
  };
  const get = (page: string) => fetch(`http://127.0.0.1:${port}/health/${page}`);
  const states = async () => {
    const { details } = (await (await get('ready')).json()) as { details: Record<string, { status: string; message?: string }> };
    return { live: (await get('live')).status, process: details.process, database: details.database?.status };
  };
  const until = (expected: object) =>
    vi.waitFor(async () => expect(await states()).toMatchObject(expected), { timeout: 20_000, interval: 100 });
  let running: Running | undefined;
  const starting = start([role], { env, isOutage, infrastructure: (host) => platform(host, { fatal }) });
  try {
    await until({ live: 200, process: { status: 'down', message: 'starting: jobs: what it needs is away' }, database: 'down' });
    await door.open();
    running = await starting;
    await until({ live: 200, process: { status: 'up' }, database: 'up' });
    expect(await query(database.url, 'SELECT name FROM jobs')).not.toEqual([]);
    await door.shut();
    await until({ live: 200, process: { status: 'up' }, database: 'down' });
    await door.open();
    await until({ live: 200, process: { status: 'up' }, database: 'up' });
    expect(fatal).not.toHaveBeenCalled();
  } finally {
    await running?.stop();
    await door.shut();
  }
}, 60_000);
