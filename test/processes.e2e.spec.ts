import { whyNoKafka } from '#tools/kafka';
import { freePort } from '#tools/ports';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { anOrder, type Placed } from './contract/orders.js';
import { axeFinds, chromiumHere, openBrowser } from './setup/browser.js';
import { noise } from './setup/photos.js';

const root = path.resolve(import.meta.dirname, '..');
const token = 'the-operator-of-the-tests';
const soon = { timeout: 120_000, interval: 200 };
const chromium = await chromiumHere();

interface Worker {
  readonly role: string;
  readonly lag: number | null;
  readonly instances: readonly { readonly id: string }[];
}

describe.skipIf(inject('kafkaBrokers') === undefined || whyNoKafka())('the processes of npm run stack', () => {
  let dir: string;
  let port: number;
  let stack: ChildProcess | undefined;
  let said = '';

  beforeAll(async () => {
    await promisify(execFile)(process.execPath, ['-e', "import('./tools/build.mjs').then(({ build }) => build())"], { cwd: root });
    dir = await mkdtemp(path.join(os.tmpdir(), 'backroom-pool-'));
    await chmod(dir, 0o711);
    port = await freePort();
    const env = { PATH: process.env.PATH, HOME: process.env.HOME, LOG_LEVEL: 'error' };
    const own = {
      PORT: String(port),
      DATA_DIR: path.join(dir, 'data'),
      OPERATOR_TOKEN: token,
      STACK_URL: 'http://stack:another@127.0.0.1:1',
    };
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

  /** As the page asks. */
  const ask = async <T>(method: string, where: string, body?: object): Promise<{ status: number; body: T; location: string | null }> => {
    const answer = await fetch(`http://127.0.0.1:${port + 1}${where}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
      body: body && JSON.stringify(body),
    });
    const text = await answer.text();
    return { status: answer.status, body: (text ? JSON.parse(text) : undefined) as T, location: answer.headers.get('location') };
  };
  const get = async <T>(where: string): Promise<T> => (await ask<T>('GET', where)).body;
  const worker = async (name: string): Promise<Worker> =>
    (await get<{ items: Worker[] }>('/workers')).items.find(({ role }) => role === name)!;
  const thumbnails = (): Promise<Worker> => worker('thumbnails');
  const pause = async (paused: boolean): Promise<void> => {
    expect((await ask('PATCH', '/workers/thumbnails', { paused })).status).toBe(200);
  };
  const instances = async (role = 'thumbnails'): Promise<string[]> => (await worker(role)).instances.map(({ id }) => id);

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

  it('are as many as the operator says, within seconds', { timeout: 120_000 }, async () => {
    const pool = async () => (await get<{ items: { role: string }[] }>('/pools')).items.find(({ role }) => role === 'fulfilment');
    expect(await pool()).toEqual({ role: 'fulfilment', processes: 1, min: 1, max: 1, each: 500 });
    const set = (min: number, max: number) => ask('PUT', '/pools/fulfilment', { min, max, each: 500 });
    const [first] = await instances('fulfilment');
    expect((await set(3, 3)).status).toBe(200);
    await vi.waitFor(async () => expect(new Set(await instances('fulfilment')).size).toBe(3), soon);
    expect(await pool()).toMatchObject({ processes: 3, min: 3, max: 3 });
    expect((await set(3, 2)).status).toBe(422);
    // Of the 200 connections of the database each process may keep twelve.
    expect(await set(1, 9)).toMatchObject({ status: 422, body: { errors: [{ pointer: '/max' }] } });
    expect((await set(1, 1)).status).toBe(200);
    await vi.waitFor(async () => expect(await instances('fulfilment')).toEqual([first]), soon);
    expect(said).toContain('fulfilment is to have 3');
    expect(said).toContain('1 → 3 of fulfilment');
    expect(said).toContain('3 → 1 of fulfilment');
  });

  interface Process {
    readonly role: string;
    readonly pid: number | null;
    readonly state: string;
  }
  const processes = async (role: string): Promise<Process[]> =>
    (await get<{ processes: Process[] }>('/lab')).processes.filter((one) => one.role === role);
  const pidOf = async (role: string): Promise<number> => (await processes(role))[0]!.pid!;
  const placed: Placed[] = [];
  const place = async (n: number): Promise<void> => {
    const one = async (): Promise<Placed> => {
      const body = JSON.stringify(anOrder());
      const answer = await fetch(`http://127.0.0.1:${port}/orders`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
      expect(answer.status).toBe(202);
      return (await answer.json()) as Placed;
    };
    placed.push(...(await Promise.all(Array.from({ length: n }, one))));
  };
  const statuses = () => Promise.all(placed.map(async ({ id }) => (await get<{ status: string }>(`/orders/${id}`)).status));

  it(
    'are killed and frozen, and Kafka is wiped, while orders are under way: all come to their end, once',
    { timeout: 240_000 },
    async () => {
      // Nothing is printed for the time being.
      expect((await ask('PUT', '/lab/faults/printer', { refuse: true })).status).toBe(200);
      await place(10);
      await vi.waitFor(async () => expect(new Set(await statuses())).toEqual(new Set(['printing'])), soon);

      const [before] = await instances('fulfilment');
      const killed = await ask<Process>('POST', '/lab/processes/fulfilment/kill', {});
      expect(killed).toMatchObject({ status: 202, body: { role: 'fulfilment', pid: expect.any(Number) } });
      await vi.waitFor(async () => expect((await instances('fulfilment')).filter((id) => id !== before)).toHaveLength(1), soon);
      expect(await pidOf('fulfilment')).not.toBe(killed.body.pid);
      expect(said).toMatch(/fulfilment +ended by SIGKILL/);
      expect((await ask('POST', '/lab/processes/fulfilment/kill', { pid: killed.body.pid! })).status).toBe(422);
      expect((await ask('POST', '/lab/processes/nobody/kill', {})).status).toBe(404);

      // Its news lie in Kafka, read by nobody, when that is wiped.
      const pid = await pidOf('fulfilment');
      const alive = (): Promise<boolean> =>
        fetch(`http://127.0.0.1:${port + 12}/health/live`, { signal: AbortSignal.timeout(1_000) }).then(
          ({ ok }) => ok,
          () => false,
        );
      await vi.waitFor(async () => expect(await alive()).toBe(true), soon);
      expect((await ask('POST', '/lab/processes/fulfilment/freeze', { seconds: 10 })).status).toBe(202);
      expect(await processes('fulfilment')).toEqual([{ role: 'fulfilment', pid, state: 'frozen' }]);
      await place(10);
      expect(await alive()).toBe(false);
      await vi.waitFor(async () => expect((await worker('relay')).lag).toBe(0), soon);
      expect((await ask('POST', '/lab/processes/status/freeze', { seconds: 1 })).status).toBe(422);

      const wiped = await ask<{ streams: number; news: number }>('POST', '/lab/kafka/wipe');
      expect(wiped.status).toBe(202);
      expect(wiped.body.streams).toBeGreaterThanOrEqual(20);
      await vi.waitFor(async () => expect(await processes('fulfilment')).toEqual([{ role: 'fulfilment', pid, state: 'running' }]), soon);
      expect((await ask('DELETE', '/lab/faults')).status).toBe(204);
      await place(5);
      await vi
        .waitFor(async () => expect((await statuses()).filter((one) => one !== 'completed')).toEqual([]), soon)
        .catch((error: unknown) => {
          console.error(said.slice(-20_000));
          throw error;
        });

      for (const { id } of placed) {
        const { items } = await get<{ items: { operation: string; outcome: string }[] }>(`/gateway/ledger?orderId=${id}`);
        expect(items.map(({ operation, outcome }) => `${operation} ${outcome}`)).toEqual(['authorise ok', 'capture ok']);
      }
      const { location } = await ask('POST', '/jobs/consistency-check/runs', {});
      const run = () => get<{ state: string; result: { found: number } }>(new URL(location!).pathname);
      await vi.waitFor(async () => expect(await run()).toMatchObject({ state: 'succeeded', result: { found: 0 } }), soon);
    },
  );

  it('are the operator’s alone to scale, kill and freeze', async () => {
    for (const [method, where] of [
      ['GET', '/pools'],
      ['PUT', '/pools/jobs'],
      ['GET', '/lab'],
      ['POST', '/lab/processes/jobs/kill'],
      ['POST', '/lab/processes/jobs/freeze'],
      ['POST', '/lab/kafka/wipe'],
    ] as const) {
      const answer = await fetch(`http://127.0.0.1:${port + 1}${where}`, { method, headers: { authorization: 'Bearer somebody' } });
      expect(`${where} ${answer.status}`).toBe(`${where} 401`);
    }
  });

  it.runIf(process.platform === 'linux')('have the key of the stack in the status service alone', async () => {
    const all = (await get<{ processes: Process[] }>('/lab')).processes;
    const told = all.filter(({ pid }) => readFileSync(`/proc/${pid}/environ`, 'utf8').includes('STACK_URL=')).map(({ role }) => role);
    expect(told).toEqual(['status']);
  });

  it.skipIf(!chromium)('are scaled, killed and frozen from the dashboard, the one that shows it too', { timeout: 120_000 }, async () => {
    const browser = await openBrowser(chromium!);
    try {
      const page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
      page.setDefaultTimeout(60_000);
      const wrong: string[] = [];
      page.on('pageerror', (error) => wrong.push(`${error.stack}`));
      const at = `http://localhost:${port + 1}/`;
      const go = async (hash: string, title: string): Promise<void> => {
        await page.goto(`${at}${hash}`);
        await page.getByRole('heading', { level: 1, name: title }).waitFor();
      };
      await page.goto(`${at}#token=${token}`);
      await page.getByText('Live', { exact: true }).waitFor();

      await go('#/workers', 'Workers');
      const pools = page.getByRole('region', { name: 'Processes' });
      const set = async (n: number): Promise<void> => {
        await page.getByLabel('Least processes of jobs').fill(String(n));
        await page.getByLabel('Most processes of jobs').fill(String(n));
        await page.getByRole('button', { name: 'Set the processes of jobs' }).click();
        await pools.getByRole('row', { name: new RegExp(`^jobs ${n} `) }).waitFor();
      };
      await set(2);
      expect(await axeFinds(page)).toEqual([]);
      await set(1);
      await page.getByLabel('Least processes of jobs').fill('5');
      await page.getByRole('button', { name: 'Set the processes of jobs' }).click();
      await page.getByText('This is below `min`.').waitFor();

      await go('#/lab', 'Lab');
      const button = (verb: string, role: string, pid: number) =>
        page.getByRole('button', { name: `${verb} ${role}, process ${pid}`, exact: true });
      const jobs = await pidOf('jobs');
      await button('Freeze', 'jobs', jobs).click();
      await page.getByRole('cell', { name: 'frozen' }).waitFor();
      await page.getByRole('button', { name: 'Wipe Kafka' }).waitFor();
      for (const colorScheme of ['dark', 'light'] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        expect(await axeFinds(page)).toEqual([]);
      }
      await button('Kill', 'jobs', jobs).click();
      await button('Kill', 'jobs', jobs).waitFor({ state: 'detached' });
      await vi.waitFor(async () => expect((await processes('jobs'))[0]).toMatchObject({ state: 'running' }), soon);
      await button('Kill', 'jobs', await pidOf('jobs')).waitFor();

      const status = await pidOf('status');
      await button('Kill', 'status', status).click();
      await page.getByText('Not connected').waitFor();
      await page.getByText('Live', { exact: true }).waitFor();
      await button('Kill', 'status', status).waitFor({ state: 'detached' });
      expect(await pidOf('status')).not.toBe(status);
      expect(wrong).toEqual([]);
    } finally {
      await browser.close();
    }
  });

  it('says in one sentence what is wrong with POOL, and starts nothing', async () => {
    const env = { PATH: process.env.PATH, DATA_DIR: path.join(dir, 'other'), POOL: 'api:1-4' };
    const wrong = promisify(execFile)(process.execPath, ['dist/tools/stack/main.js'], { cwd: root, env });
    await expect(wrong).rejects.toMatchObject({ code: 1, stderr: expect.stringMatching(/^POOL must be like thumbnails:1-4/) });
  });
});
