import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { freePort } from '#tools/ports';

const root = path.resolve(import.meta.dirname, '../..');
const soon = { timeout: 60_000, interval: 100 };

let dir: string;
beforeAll(async () => {
  // Nothing to do where dist/ is made of these very sources, as in npm test.
  await promisify(execFile)(process.execPath, ['-e', "import('./tools/build.mjs').then(({ build }) => build())"], { cwd: root });
  dir = await mkdtemp(path.join(os.tmpdir(), 'backroom-main-'));
  await chmod(dir, 0o711);
});
const running = new Set<ChildProcess>();
afterEach(() => {
  for (const child of running) process.kill(-child.pid!, 'SIGKILL');
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** `npm start` as it is once all is built: a process that is given nothing but a folder and a port. */
function launch(env: Record<string, string>, [command, ...args] = [process.execPath, 'tools/start.mjs']) {
  const options = { cwd: root, env: { PATH: process.env.PATH, NODE_ENV: 'production', ...env }, detached: true };
  const child = spawn(command!, args, options);
  running.add(child);
  let [out, err] = ['', ''];
  child.stdout.on('data', (text) => (out += text));
  child.stderr.on('data', (text) => (err += text));
  const ended = once(child, 'close').then(([code]) => {
    running.delete(child);
    return { code: code as number | null, out, err };
  });
  return {
    child,
    said: () => `${out}${err}`,
    ended,
    async open(): Promise<void> {
      await Promise.race([
        vi.waitFor(() => expect(out).toContain('The shop is open.'), soon),
        ended.then(({ code }) => Promise.reject(new Error(`It ended with ${code}: ${err}`))),
      ]);
    },
    /** As a terminal's Ctrl-C: to all of its group. */
    async end(signal: NodeJS.Signals) {
      const began = Date.now();
      process.kill(-child.pid!, signal);
      return { ...(await ended), ms: Date.now() - began };
    },
  };
}

const order = {
  customer: { email: 'ada@example.com', name: 'Ada' },
  shipTo: { name: 'Ada', line1: '1 Main St', city: 'Vienna', postcode: '1010', country: 'AT' },
  lines: [{ sku: 'PRINT-10X15', quantity: 2 }],
  payment: { card: { number: '4242424242424242', expiry: '12/39', cvc: '123' } },
};

/** @returns the link to its status */
async function place(port: number): Promise<string> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`http://127.0.0.1:${port}/orders`, { method: 'POST', headers, body: JSON.stringify(order) });
  if (answer.status !== 202) throw new Error(`${answer.status} ${await answer.text()}`);
  return ((await answer.json()) as { links: { status: string } }).links.status;
}

const completed = (link: string) =>
  vi.waitFor(async () => expect(await (await fetch(link)).json()).toMatchObject({ status: 'completed' }), soon);

describe('the consolidated host', () => {
  it('keeps orders, links and sealed cards over a stop, and its files to itself', async () => {
    const port = await freePort();
    const env = { PORT: String(port), DATA_DIR: path.join(dir, 'kept') };
    const first = launch(env);
    await first.open();
    const before = await place(port);
    await completed(before);
    expect(await first.end('SIGINT')).toMatchObject({ code: 0, err: '' });

    // Nobody answers for the bank: this order's card has to wait, sealed, for the next start.
    const second = launch({ ...env, WORLD_URL: `http://127.0.0.1:${await freePort()}` });
    await second.open();
    await completed(before);
    const waiting = await place(port);
    await vi.waitFor(async () => expect(await (await fetch(waiting)).json()).toMatchObject({ status: 'paying' }), soon);
    const { code, ms } = await second.end('SIGINT');
    console.log(`stopped in ${ms} ms with a call under way`);
    expect(code).toBe(0);
    // STOP_WITHIN_SECONDS is 4 here, and the database's own end comes after it.
    expect(ms).toBeLessThan(10_000);

    const third = launch(env);
    await third.open();
    await completed(waiting);
    expect(await third.end('SIGTERM')).toMatchObject({ code: 0 });

    const modes = ['secrets.json', 'keys', 'keys/payments.jwk', 'inbox', 'world', 'postgres/password'].map(async (name) => [
      name,
      ((await stat(path.join(env.DATA_DIR, name))).mode & 0o077).toString(8),
    ]);
    expect((await Promise.all(modes)).filter(([, others]) => others !== '0')).toEqual([]);
  });

  it('starts its database again when it is lost, and ends when it is lost again and again', async () => {
    const port = await freePort();
    const data = path.join(dir, 'lost');
    const host = launch({ PORT: String(port), DATA_DIR: data });
    await host.open();
    const postmaster = async (): Promise<number> =>
      Number((await readFile(path.join(data, 'postgres/data/postmaster.pid'), 'utf8')).split('\n')[0]);
    const killed = await postmaster();
    process.kill(killed, 'SIGKILL');
    let link = '';
    await vi.waitFor(async () => (link = await place(port)), soon);
    await completed(link);
    expect(host.said().includes('the embedded PostgreSQL was lost, and starts again')).toBe(true);

    for (let last = killed; running.has(host.child);) {
      const pid = await postmaster().catch(() => last);
      if (pid !== last) {
        try {
          process.kill(pid, 'SIGKILL');
        } catch {
          // It has ended, and nobody has started the next one yet.
        }
        last = pid;
      }
      await Promise.race([host.ended, new Promise((next) => setTimeout(next, 20))]);
    }
    expect((await host.ended).code).toBe(1);
    // All it has said is too long for a failure to be read by.
    expect(host.said().includes('PostgreSQL ends again and again.')).toBe(true);
  });
});

it('stops in good order at a Ctrl-C under npm, which hands it on once more', async () => {
  const host = launch({ PORT: String(await freePort()), DATA_DIR: path.join(dir, 'npm') }, ['npm', 'start']);
  await host.open();
  const { code, out } = await host.end('SIGINT');
  expect([code, out.includes('"msg":"stopped"')]).toEqual([0, true]);
});

describe('a start that cannot be', () => {
  const refused = async (env: Record<string, string>): Promise<string> => {
    const { code, out, err } = await launch(env).ended;
    expect([code, out, err.trim().split('\n').length], err).toEqual([1, '', 1]);
    return err.trim();
  };

  it('says that another host has the folder, and leaves that one alone', async () => {
    const [port, data] = [await freePort(), path.join(dir, 'shared')];
    const host = launch({ PORT: String(port), DATA_DIR: data });
    await host.open();
    expect(await refused({ PORT: String(await freePort()), DATA_DIR: data })).toBe(
      `Another host is running on DATA_DIR ${data}: stop it first, or set DATA_DIR to another folder.`,
    );
    await completed(await place(port));
    expect(await host.end('SIGINT')).toMatchObject({ code: 0 });
  });

  it('says that the port is taken', async () => {
    const server = createServer();
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const { port } = server.address() as AddressInfo;
    expect(await refused({ PORT: String(port), DATA_DIR: path.join(dir, 'taken') })).toBe(
      `Port ${port} of 127.0.0.1 is taken: stop what listens there, or set PORT to another.`,
    );
    server.close();
  });

  it('says that the folder cannot be made or written', async () => {
    await writeFile(path.join(dir, 'a-file'), '');
    const below = path.join(dir, 'a-file/data');
    expect(await refused({ PORT: '0', DATA_DIR: below })).toBe(`DATA_DIR ${below} cannot be made (ENOTDIR).`);
    // Node's own recursive mkdir never comes back from there.
    if (process.platform === 'linux')
      expect(await refused({ PORT: '0', DATA_DIR: '/proc/data/shop' })).toBe('DATA_DIR /proc/data/shop cannot be made (ENOENT).');
  });

  it('says that its secrets are damaged', async () => {
    const data = await mkdtemp(path.join(dir, 'damaged-'));
    await writeFile(path.join(data, 'secrets.json'), '{"accessKey":');
    expect(await refused({ PORT: '0', DATA_DIR: data })).toMatch(/secrets\.json is damaged:/);
  });

  it('says which setting is wrong', async () => {
    expect(await refused({ PORT: 'http' })).toBe('PORT must be a whole number from 0 to 65535, not "http".');
  });
});
