import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { binaries } from './binaries.js';
import { FolderInUse, runningPostgres, startPostgres, type Postgres } from './index.js';
import { initialise } from './init.js';
import { postgresUser } from './user.js';

const folders: string[] = [];
const newFolder = (): string => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'postgres-spec-'));
  folders.push(dir);
  return dir;
};
const open: Postgres[] = [];
const start = async (options: Parameters<typeof startPostgres>[0]): Promise<Postgres> => {
  const started = await startPostgres(options);
  open.push(started);
  return started;
};
const hosts: ChildProcess[] = [];
const fixture = path.join(import.meta.dirname, 'host.fixture.ts');

const query = async (url: string, text: string): Promise<unknown[]> => {
  const client = new pg.Client(url);
  // A killed server's connection breaks.
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query({ text, rowMode: 'array' })).rows.map((row: unknown[]) => row[0]);
  } finally {
    await client.end();
  }
};

const alive = (pid: number): boolean => {
  try {
    return !/^\d+ \(.*\) Z/.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

/** A PATH that lacks one program. */
const without = (missing: string): string => {
  const bin = newFolder();
  fs.chmodSync(bin, 0o755);
  for (const name of ['cat', 'flock', 'id', 'ps', 'setpriv', 'sh', 'true'].filter((each) => each !== missing)) {
    const from = process.env
      .PATH!.split(':')
      .map((folder) => path.join(folder, name))
      .find((file) => fs.existsSync(file));
    if (from) fs.symlinkSync(from, path.join(bin, name));
  }
  return bin;
};

/** A PATH whose setpriv lets live what it should let die: the next host finds what a machine without it would leave. */
const deathless = (): string => {
  const bin = without('setpriv');
  const script = `#!/bin/sh
n=$#
while [ $n -gt 0 ]; do
  if [ "$1" = --pdeathsig ]; then shift 2; n=$((n-2)); else set -- "$@" "$1"; shift; n=$((n-1)); fi
done
PATH='${process.env.PATH}' exec setpriv "$@"
`;
  fs.writeFileSync(path.join(bin, 'setpriv'), script, { mode: 0o755 });
  return bin;
};

/** Another process that runs the database on `dir`. */
const spawnHost = (dir: string, PATH = process.env.PATH): ChildProcess => {
  const host = spawn(process.execPath, ['--conditions=source', '--import', './test/setup/from-source.mjs', fixture, dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
    env: { ...process.env, PATH },
  });
  hosts.push(host);
  return host;
};

const startHost = async (dir: string, PATH?: string): Promise<{ host: ChildProcess; url: string; pid: number; lines: string[] }> => {
  const host = spawnHost(dir, PATH);
  const lines: string[] = [];
  createInterface({ input: host.stdout! }).on('line', (line) => lines.push(line));
  await vi.waitFor(() => expect(lines).not.toEqual([]), { timeout: 30_000, interval: 20 });
  return { host, lines, ...(JSON.parse(lines[0]!) as { url: string; pid: number }) };
};

afterEach(async () => {
  for (const host of hosts.splice(0)) if (host.exitCode === null && host.signalCode === null) host.kill('SIGKILL');
  for (const started of open.splice(0)) await started.stop('SIGQUIT');
});
afterAll(() => {
  for (const dir of folders) fs.rmSync(dir, { recursive: true, force: true });
});

describe('a database of its own', () => {
  it('is found by another process while it runs, and only then', async () => {
    const dir = newFolder();
    expect(runningPostgres(dir)).toBeUndefined();
    const { url, kill } = await start({ dir, settings: { fsync: 'off' } });
    expect(runningPostgres(dir)).toBe(url);
    // What a killed one leaves in its folder looks as if it ran.
    await kill();
    expect(runningPostgres(dir)).toBeUndefined();
  });

  it('is PostgreSQL 18 in UTF-8 and C, on loopback, with its password for its owner only', async () => {
    const dir = newFolder();
    const { url, pid } = await start({ dir, settings: { max_connections: 7, fsync: 'off' } });
    expect(await query(url, 'SHOW server_version')).toEqual([expect.stringMatching(/^18\./)]);
    expect(await query(url, 'SHOW server_encoding')).toEqual(['UTF8']);
    expect(await query(url, `SELECT datcollate FROM pg_database WHERE datname = 'postgres'`)).toEqual(['C']);
    expect(await query(url, 'SHOW listen_addresses')).toEqual(['127.0.0.1']);
    expect(await query(url, 'SHOW max_connections')).toEqual(['7']);
    expect(alive(pid!)).toBe(true);
    expect(fs.statSync(path.join(dir, 'password')).mode & 0o777).toBe(0o600);
    await expect(query(url.replace(/:[^:@]+@/, ':wrong@'), 'SELECT 1')).rejects.toThrow(/password authentication failed/);
  });

  it('runs below a folder that only its owner may pass', async () => {
    const closed = newFolder();
    fs.chmodSync(closed, 0o700);
    const { url } = await start({ dir: path.join(closed, 'a', 'b'), settings: { fsync: 'off' } });
    expect(await query(url, 'SELECT 1')).toEqual([1]);
  });

  it('is made by programs in a folder that only their owner may pass', async () => {
    const dir = newFolder();
    const closed = newFolder();
    fs.chmodSync(closed, 0o700);
    const { postgres } = await binaries();
    fs.cpSync(path.resolve(postgres, '../..'), closed, { recursive: true, verbatimSymlinks: true });
    const copy = { initdb: path.join(closed, 'bin/initdb'), postgres: path.join(closed, 'bin/postgres') };
    await initialise(dir, copy, postgresUser(), 'secret', false);
    expect(fs.readFileSync(path.join(dir, 'data', 'PG_VERSION'), 'utf8')).toBe('18\n');
  });

  it('keeps its data over stop and start, on the port it was given', async () => {
    const dir = newFolder();
    const first = await start({ dir });
    await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.stop();
    expect(first.pid).toBeUndefined();
    const second = await start({ dir, port: first.port });
    expect(second.url).toBe(first.url);
    expect(await query(second.url, 'SELECT answer FROM kept')).toEqual([42]);
  });

  it('makes the data folder anew after an initdb that was killed half-way', async () => {
    const dir = newFolder();
    fs.mkdirSync(path.join(dir, 'data.half-made-0123'));
    fs.writeFileSync(path.join(dir, 'data.half-made-0123', 'PG_VERSION'), '18\n');
    const { url } = await start({ dir, settings: { fsync: 'off' } });
    expect(await query(url, 'SELECT 1')).toEqual([1]);
    expect(fs.readdirSync(dir).sort()).toEqual(['data', 'host.lock', 'password']);
  });

  it('says what PostgreSQL said when it does not start', async () => {
    const dir = newFolder();
    await expect(startPostgres({ dir, settings: { fsync: 'off', shared_buffers: 'plenty' } })).rejects.toThrow(/shared_buffers.*plenty/s);
    // and has let go of the folder
    await start({ dir, settings: { fsync: 'off' } });
  });
});

describe('a killed database', () => {
  it('is reported, and started again with all that was committed', async () => {
    const lost = vi.fn();
    const database = await start({ dir: newFolder(), onLost: lost });
    await query(database.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    process.kill(database.pid!, 'SIGKILL');
    await vi.waitFor(() => expect(lost).toHaveBeenCalledWith(expect.stringContaining('SIGKILL')));
    await database.start();
    expect(await query(database.url, 'SELECT answer FROM kept')).toEqual([42]);
  });

  it('is started again at once, over a connection that was busy', async () => {
    const database = await start({ dir: newFolder() });
    await query(database.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    const busy = query(database.url, 'SELECT pg_sleep(60)').catch(() => 'broken');
    await vi.waitFor(async () =>
      expect(await query(database.url, `SELECT 1 FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'`)).toEqual([1]),
    );
    await database.kill();
    await database.start();
    expect(await busy).toBe('broken');
    expect(await query(database.url, 'SELECT answer FROM kept')).toEqual([42]);
  });

  it('leaves a pid file whose number is now somebody else’s: removed', async () => {
    const dir = newFolder();
    const first = await start({ dir });
    await first.kill();
    await first.stop();
    const file = path.join(dir, 'data', 'postmaster.pid');
    fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace(/^\d+/, String(process.pid)));
    const second = await start({ dir });
    expect(await query(second.url, 'SELECT 1')).toEqual([1]);
  });
});

describe('a host', () => {
  it('killed takes its database with it; the next host finds the data', async () => {
    const dir = newFolder();
    const { host, url, pid } = await startHost(dir);
    await query(url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    host.kill('SIGKILL');
    await once(host, 'exit');
    // At once, while the old database is perhaps still ending.
    const next = await start({ dir });
    expect(await query(next.url, 'SELECT answer FROM kept')).toEqual([42]);
    expect(alive(pid)).toBe(false);
  });

  it('killed takes its database with it, without a next host', async () => {
    const { host, pid } = await startHost(newFolder());
    host.kill('SIGKILL');
    await vi.waitFor(() => expect(alive(pid)).toBe(false), { timeout: 20_000, interval: 20 });
  });

  it('keeps its database while it drains after Ctrl-C, and stops it then', async () => {
    const { host, url, pid, lines } = await startHost(newFolder());
    // What a terminal does: the signal goes to the whole process group.
    process.kill(-host.pid!, 'SIGINT');
    await vi.waitFor(() => expect(lines).toContain('draining'));
    expect(await query(url, 'SELECT 1')).toEqual([1]);
    host.kill('SIGTERM');
    expect(await once(host, 'exit')).toEqual([0, null]);
    expect(alive(pid)).toBe(false);
  });

  it('gets one sentence where another runs, which goes on', async () => {
    const dir = newFolder();
    const { url } = await startHost(dir);
    await expect(startPostgres({ dir })).rejects.toThrow(FolderInUse);
    await expect(startPostgres({ dir })).rejects.toThrow(`Another host is running on ${dir}; stop it first, or choose another folder.`);
    expect(await query(url, 'SELECT 1')).toEqual([1]);
  });

  it('killed during initdb leaves nothing that the next one takes for a database', async () => {
    const dir = newFolder();
    const host = spawnHost(dir);
    await vi.waitFor(() => expect(fs.readdirSync(dir)).toContainEqual(expect.stringMatching(/half-made-\w+$/)), {
      timeout: 30_000,
      interval: 1,
    });
    host.kill('SIGKILL');
    await once(host, 'exit');
    expect(fs.readdirSync(dir)).not.toContain('data');
    const next = await start({ dir });
    expect(await query(next.url, 'SELECT 1')).toEqual([1]);
    expect(fs.readdirSync(dir).sort()).toEqual(['data', 'host.lock', 'password']);
  });

  it('stops the database that outlived a killed host', async () => {
    const dir = newFolder();
    const { host, url, pid } = await startHost(dir, deathless());
    await query(url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    host.kill('SIGKILL');
    await once(host, 'exit');
    expect(await query(url, 'SELECT answer FROM kept')).toEqual([42]);
    const next = await start({ dir });
    expect(alive(pid)).toBe(false);
    expect(await query(next.url, 'SELECT answer FROM kept')).toEqual([42]);
  });

  it('sees that another runs where there is no flock either', async () => {
    const dir = newFolder();
    const { url } = await startHost(dir);
    const second = spawn(process.execPath, ['--conditions=source', '--import', './test/setup/from-source.mjs', fixture, dir], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, PATH: without('flock') },
    });
    hosts.push(second);
    let said = '';
    second.stderr.on('data', (text: Buffer) => (said += text.toString()));
    expect(await once(second, 'exit')).toEqual([1, null]);
    expect(said).toContain('Another host is running');
    expect(await query(url, 'SELECT 1')).toEqual([1]);
  });
});
