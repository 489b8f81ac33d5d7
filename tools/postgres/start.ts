import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { binaries } from './binaries.js';
import { initialise } from './init.js';
import { FolderInUse, holdFolder, type Lock } from './lock.js';
import { freePort } from '#tools/ports';
import { clearLeftover, readPidFile, runsHere } from './postmaster.js';
import { runPostmaster, type Running } from './run.js';
import { postgresUser } from './user.js';

export interface PostgresOptions {
  /** Made if missing; the same folder: the same data. Its parents need to be passable (0711) or PostgreSQL's user gets leave to pass them. */
  readonly dir: string;
  /** Default: a free one, below the kernel's ephemeral range. */
  readonly port?: number;
  /** Each line of PostgreSQL's own log. */
  readonly log?: (line: string) => void;
  /** Of postgresql.conf; over the defaults below. */
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
  /** It ended without having been told to. */
  readonly onLost?: (why: string) => void;
}

export interface Postgres {
  /** Of the database `postgres`, as its superuser. The same after a restart. */
  readonly url: string;
  readonly port: number;
  /** Of the postmaster now running, or undefined. */
  readonly pid: number | undefined;
  /** Resolves when it is gone and the folder let go. SIGINT ends its clients, SIGTERM waits for them, SIGQUIT leaves the tidying to the next start. After 10 s SIGQUIT follows. */
  stop(signal?: 'SIGINT' | 'SIGTERM' | 'SIGQUIT'): Promise<void>;
  /** SIGKILL, as a crash test wants it. */
  kill(): Promise<void>;
  /** Again, after `stop`, `kill` or a loss: on the same port and data. */
  start(): Promise<void>;
}

const defaults = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: 200,
  shared_buffers: '128MB',
  timezone: 'UTC',
  log_timezone: 'UTC',
};

const passwordOf = (file: string): string => {
  if (!fs.existsSync(file)) {
    // Linked when whole: a host killed here leaves no half password, and of two hosts at once one wins.
    const half = `${file}.${randomBytes(6).toString('hex')}`;
    fs.writeFileSync(half, randomBytes(24).toString('base64url'), { mode: 0o600 });
    try {
      fs.linkSync(half, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    fs.rmSync(half);
  }
  return fs.readFileSync(file, 'utf8');
};

const urlOf = (password: string, port: number): string => `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;

/** The `url` of the one that another process runs on `dir` at this moment; undefined where none takes connections. */
export const runningPostgres = (dir: string): string | undefined => {
  const data = path.join(dir, 'data');
  const found = readPidFile(data);
  if (found?.status !== 'ready' || !runsHere(found.pid, data)) return undefined;
  return urlOf(fs.readFileSync(path.join(dir, 'password'), 'utf8'), found.port);
};

/**
 * A real PostgreSQL 18 on loopback, without an installation. It dies with this process; data, and the password beside them, stay.
 *
 * @throws {FolderInUse} when another host runs on `dir`; any other error carries the last lines PostgreSQL said
 */
export const startPostgres = async ({ dir: wanted, port: wantedPort, log, settings, onLost }: PostgresOptions): Promise<Postgres> => {
  const dir = path.resolve(wanted);
  fs.mkdirSync(dir, { recursive: true, mode: 0o711 });
  const found = await binaries();
  const user = postgresUser();
  const data = path.join(dir, 'data');
  const port = wantedPort ?? (await freePort());
  const password = passwordOf(path.join(dir, 'password'));
  let lock: Lock | undefined;
  let running: Running | undefined;

  const start = async (): Promise<void> => {
    if (running?.alive()) return;
    lock ??= await holdFolder(dir, path.join(dir, 'host.lock'));
    try {
      await initialise(dir, found, user, password, settings?.fsync !== 'off' && settings?.fsync !== false);
      if (!(await clearLeftover(data))) throw new FolderInUse(dir);
      running = await runPostmaster({ program: found.postgres, data, user, settings: { ...defaults, ...settings, port }, log, onLost });
    } catch (error) {
      await lock.release();
      lock = undefined;
      throw error;
    }
  };

  await start();
  return {
    url: urlOf(password, port),
    port,
    get pid() {
      return running?.alive() ? running.pid : undefined;
    },
    async stop(signal = 'SIGINT') {
      await running?.end(signal);
      await lock?.release();
      lock = undefined;
    },
    async kill() {
      await running?.end('SIGKILL');
    },
    start,
  };
};
