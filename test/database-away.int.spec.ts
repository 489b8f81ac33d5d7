import { start, type Running } from '#libs/host';
import { platform } from '#libs/platform';
import { isOutage } from '#libs/store';
import { freePort } from '#tools/ports';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { role } from '../apps/jobs/role.js';
import { freshDatabase } from './setup/database.js';
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

/** What stands before the database, and can be shut. */
async function door(port: number, url: string): Promise<{ shut(): Promise<void> }> {
  const { hostname: host, port: to } = new URL(url);
  const open = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    const other = net.connect(Number(to), host);
    for (const one of [socket, other])
      open.add(one.on('error', () => {}).on('close', () => [socket, other].forEach((both) => both.destroy())));
    socket.pipe(other).pipe(socket);
  });
  await new Promise<void>((listening) => server.listen(port, '127.0.0.1', listening));
  return {
    async shut() {
      const closed = new Promise((done) => server.close(done));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

it('a role that starts while the database is away lives, waits, and works once it is back; away again, nothing ends', async () => {
  const [port, behind] = [await freePort(), await freePort()];
  const through = new URL(database.url);
  through.port = String(behind);
  const fatal = vi.fn();
  const env = {
    PORT: String(port),
    DATABASE_URL: through.href,
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
  let opened: Awaited<ReturnType<typeof door>> | undefined;
  try {
    await until({ live: 200, process: { status: 'down', message: 'starting: jobs: what it needs is away' }, database: 'down' });
    opened = await door(behind, database.url);
    running = await starting;
    await until({ live: 200, process: { status: 'up' }, database: 'up' });
    expect(await query(database.url, 'SELECT name FROM jobs')).not.toEqual([]);
    await opened.shut();
    await until({ live: 200, process: { status: 'up' }, database: 'down' });
    opened = await door(behind, database.url);
    await until({ live: 200, process: { status: 'up' }, database: 'up' });
    expect(fatal).not.toHaveBeenCalled();
  } finally {
    await running?.stop();
    await opened?.shut();
  }
}, 60_000);
