import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from '#tools/ports';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { anOrder } from './contract/orders.js';
import { freshDatabase } from './setup/database.js';
import { doorTo, type Away } from './setup/door.js';
import { RoleProcess } from './setup/role-process.js';

const root = path.resolve(import.meta.dirname, '..');
const awayMs = 120_000;
const soon = { timeout: 60_000, interval: 200 };
const OPERATOR_TOKEN = 'o'.repeat(32);

beforeAll(async () => {
  // Nothing to do where dist/ is made of these very sources, as in npm test.
  await promisify(execFile)(process.execPath, ['-e', "import('./tools/build.mjs').then(({ build }) => build())"], { cwd: root });
});

// Both at once: most of the time they wait.
describe.concurrent('for two minutes PostgreSQL', () => {
  it.each<Away>(['refuses', 'is silent'])(
    '%s: the shop says so, lives, and goes on where it was',
    async (how) => {
      const database = await freshDatabase();
      const dir = await mkdtemp(path.join(os.tmpdir(), 'backroom-away-'));
      await chmod(dir, 0o711);
      const door = doorTo(database.url, await freePort());
      await door.open();
      const shop = new RoleProcess('backroom', () => ({ DATABASE_URL: door.url, DATA_DIR: dir, OPERATOR_TOKEN }));
      const get = (where: string, headers = {}) => fetch(`${shop.url}${where}`, { headers, signal: AbortSignal.timeout(10_000) });
      const place = async (): Promise<{ status: number; retryAfter: string | null; link: string }> => {
        const answer = await fetch(`${shop.url}/orders`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(anOrder()),
          signal: AbortSignal.timeout(10_000),
        });
        await answer.body?.cancel();
        const { pathname, search } = new URL(answer.headers.get('location') ?? shop.url);
        return { status: answer.status, retryAfter: answer.headers.get('retry-after'), link: pathname + search };
      };
      const completed = async ({ status, link }: { status: number; link: string }): Promise<void> => {
        expect(status).toBe(202);
        await vi.waitFor(async () => expect(await (await get(link)).json()).toMatchObject({ status: 'completed' }), soon);
      };
      try {
        await shop.start();
        await completed(await place());
        const underWay = await place();

        await door.shut(how);
        const end = Date.now() + awayMs;
        await vi.waitFor(async () => expect((await get('/health/ready')).status).toBe(503), soon);
        while (Date.now() < end) {
          expect((await get('/health/live')).status).toBe(200);
          await sleep(500);
        }
        // Within ten seconds, by the signal of the request.
        const refused = await place();
        expect(refused).toMatchObject({ status: 503, retryAfter: expect.stringMatching(/^\d+$/) });
        const { details } = (await (await get('/health/ready')).json()) as { details: { database: { status: string } } };
        expect(details.database.status).toBe('down');
        expect(shop.alive, shop.last()).toBe(true);

        await door.open();
        await vi.waitFor(async () => expect((await get('/health/ready')).status).toBe(200), soon);
        await completed(underWay);
        await completed(await place());
        await vi.waitFor(async () => {
          const workers = await get('/workers', { authorization: `Bearer ${OPERATOR_TOKEN}` });
          const { items } = (await workers.json()) as { items: { role: string; instances: { frozen: boolean }[] }[] };
          expect(items.flatMap(({ instances }) => instances.map(({ frozen }) => frozen))).toEqual(items.map(() => false));
        }, soon);
        // Its deaths before it was ready: none.
        expect(await readdir(path.join(dir, 'starts')).catch(() => [])).toEqual([]);
        expect(await shop.end('SIGTERM')).toBe(0);
      } finally {
        await shop.end('SIGKILL');
        await door.shut();
        await database.drop();
        await rm(dir, { recursive: true, force: true });
      }
    },
    awayMs + 180_000,
  );
});
