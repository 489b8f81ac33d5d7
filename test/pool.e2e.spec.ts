import { whyNoKafka } from '#tools/kafka';
import { freePort } from '#tools/ports';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { noise } from './setup/photos.js';

const root = path.resolve(import.meta.dirname, '..');
const token = 'the-operator-of-the-tests';
const soon = { timeout: 120_000, interval: 200 };

interface Worker {
  readonly role: string;
  readonly lag: number | null;
  readonly instances: readonly { readonly id: string }[];
}

describe.skipIf(inject('kafkaBrokers') === undefined || whyNoKafka())('a pool of processes', () => {
  let dir: string;
  let port: number;
  let stack: ChildProcess | undefined;
  let said = '';

  beforeAll(async () => {
    await promisify(execFile)(process.execPath, ['-e', "import('./tools/build.mjs').then(({ build }) => build())"], { cwd: root });
    dir = await mkdtemp(path.join(os.tmpdir(), 'backroom-pool-'));
    await chmod(dir, 0o711);
    port = await freePort();
    const env = { PATH: process.env.PATH, HOME: process.env.HOME, NODE_ENV: 'production', LOG_LEVEL: 'warn' };
    const own = { PORT: String(port), DATA_DIR: path.join(dir, 'data'), OPERATOR_TOKEN: token };
    stack = spawn(process.execPath, ['dist/tools/stack/main.js'], {
      cwd: root,
      env: { ...env, ...own, POOL: 'thumbnails:1-4/10', POOL_COOL_SECONDS: '3' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const out of [stack.stdout!, stack.stderr!]) out.on('data', (some: Buffer) => (said += String(some)));
    await vi.waitUntil(() => said.includes('The shop is open'), soon).catch(() => Promise.reject(new Error(said)));
  });

  afterAll(async () => {
    if (stack?.exitCode === null) {
      const gone = once(stack, 'exit');
      stack.kill('SIGTERM');
      await gone;
    }
    if (dir) await rm(dir, { recursive: true, force: true });
  });

  const thumbnails = async (): Promise<Worker> => {
    const answer = await fetch(`http://127.0.0.1:${port + 1}/workers`, { headers: { authorization: `Bearer ${token}` } });
    const { items } = (await answer.json()) as { items: Worker[] };
    return items.find(({ role }) => role === 'thumbnails')!;
  };
  const pause = async (paused: boolean): Promise<void> => {
    const answer = await fetch(`http://127.0.0.1:${port + 1}/workers/thumbnails`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ paused }),
    });
    expect(answer.status).toBe(200);
  };
  const instances = async (): Promise<string[]> => (await thumbnails()).instances.map(({ id }) => id);

  it('follows its work: one, four while photos pile up, and one again when they are rendered', { timeout: 240_000 }, async () => {
    await vi.waitFor(async () => expect(await instances()).toHaveLength(1), soon);
    const [first] = await instances();

    // As fast as they come they might be rendered, too.
    await pause(true);
    const body = await noise(600, 400).jpeg().toBuffer();
    const links: string[] = [];
    const send = async (): Promise<void> => {
      const answer = await fetch(`http://127.0.0.1:${port}/photos`, { method: 'POST', headers: { 'content-type': 'image/jpeg' }, body });
      expect(answer.status).toBe(202);
      links.push(((await answer.json()) as { links: { status: string } }).links.status);
    };
    for (let n = 0; n < 10; n++) await Promise.all([send(), send(), send(), send()]);

    await vi.waitFor(async () => expect(new Set(await instances()).size).toBe(4), soon);
    expect(await instances()).toContain(first);
    await pause(false);
    await vi.waitFor(async () => expect(await instances()).toEqual([first]), soon);
    // Not for want of patience, but of work: one is enough for ten.
    expect((await thumbnails()).lag).toBeLessThanOrEqual(10);
    const states = () => Promise.all(links.map(async (link) => ((await (await fetch(link)).json()) as { status: string }).status));
    await vi.waitFor(async () => expect((await states()).filter((state) => state !== 'ready')).toEqual([]), soon);
    const sizes = said.match(/\d → \d of thumbnails, \d+ wait/g);
    expect(sizes?.at(0)).toMatch(/^1 → /);
    expect(sizes?.at(-1)).toMatch(/ → 1 of thumbnails/);
    console.log(sizes?.join('\n'));
  });

  it('says in one sentence what is wrong with POOL, and starts nothing', async () => {
    const env = { PATH: process.env.PATH, DATA_DIR: path.join(dir, 'other'), POOL: 'api:1-4' };
    const wrong = promisify(execFile)(process.execPath, ['dist/tools/stack/main.js'], { cwd: root, env });
    await expect(wrong).rejects.toMatchObject({ code: 1, stderr: expect.stringMatching(/^POOL must be like thumbnails:1-4/) });
  });
});
