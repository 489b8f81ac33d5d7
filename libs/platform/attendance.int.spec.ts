import { Log, Metrics, type Host } from '#libs/host';
import { Database, listWorkers, pauseWorker } from '#libs/store';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { openDatabase } from '../../test/setup/database.js';
import { query } from '../../test/setup/query.js';
import { Attendance } from './attendance.js';
import { Duties } from './duties.js';
import { whileFrozen } from './while-frozen.js';

let db: Database;
let url: string;
let status: Database;
let close: () => Promise<void>;
// As the role with the fewest rights.
beforeAll(async () => {
  ({ db, url, close } = await openDatabase({ role: 'backroom_thumbnails' }));
  status = new Database({ url, role: 'backroom_status' });
});
afterAll(async () => {
  await status?.close();
  await close?.();
});

const log = { info() {}, warn() {}, error() {} } as unknown as Log;
const here: Attendance[] = [];
afterEach(async () => {
  for (const one of here.splice(0)) await one.beforeApplicationShutdown();
});

function attend(id: string) {
  const duties = new Duties(['thumbnails']);
  duties.of('thumbnails').consumer('thumbnails');
  duties.reads('thumbnails', 'thumbnails', 'photos');
  const instance = { id, roles: ['thumbnails'], startedAt: new Date().toISOString() };
  const one = new Attendance({ db, duties, instance, log, acrossProcesses: true });
  one.onApplicationBootstrap();
  here.push(one);
  return { one, duty: duties.of('thumbnails') };
}
const pause = (paused: boolean) => pauseWorker(status, 'thumbnails', paused);
const instances = async () => (await listWorkers(status)).flatMap((worker) => worker.instances);
const until = (check: () => void | Promise<void>, timeout = 10_000) => vi.waitFor(check, { timeout, interval: 10 });

describe('attendance', () => {
  it('shows each instance; all hear of a pause at the ring, long before their next beat, and say that they rest', async () => {
    const [a, b] = [attend('a'), attend('b')];
    await until(async () => expect((await instances()).map(({ id }) => id)).toEqual(['a', 'b']));
    await pause(true);
    await until(() => expect([a.duty.paused, b.duty.paused]).toEqual([true, true]), 1_500);
    await until(async () => expect((await instances()).map(({ paused }) => paused)).toEqual([true, true]));
    await pause(false);
    await until(() => expect([a.duty.paused, b.duty.paused]).toEqual([false, false]));
  });

  it('a ring that is lost costs no more than a beat', async () => {
    const { duty } = attend('c');
    await until(async () => expect(await instances()).toHaveLength(1));
    await query(url, 'UPDATE workers SET paused_at = now()');
    await until(() => expect(duty.paused).toBe(true));
    await pause(false);
  });

  it('who is silent is not shown, and dropped by the next who speaks; who ends says so', async () => {
    attend('d');
    const { one } = attend('e');
    await until(async () => expect(await instances()).toHaveLength(2));
    await query(
      url,
      `INSERT INTO instances (role, id, started_at, frozen, paused, rate, seen_at) VALUES
       ('thumbnails', 'killed', now(), false, false, 0, now() - interval '11 seconds'),
       ('thumbnails', 'long ago', now(), false, false, 0, now() - interval '61 seconds')`,
    );
    expect((await instances()).map(({ id }) => id)).toEqual(['d', 'e']);
    await one.beat();
    expect(await query(url, `SELECT id FROM instances ORDER BY id`)).toEqual([{ id: 'd' }, { id: 'e' }, { id: 'killed' }]);
    await one.beforeApplicationShutdown();
    expect((await instances()).map(({ id }) => id)).toEqual(['d']);
    await query(url, `DELETE FROM instances WHERE id = 'killed'`);
  });

  it('the rate is what was done a second, lately', async () => {
    const { duty } = attend('f');
    await until(async () => expect(await instances()).toHaveLength(1));
    const timer = setInterval(() => duty.handled('thumbnails', 10), 100);
    try {
      // Of about a hundred a second; the figure follows within some beats.
      await until(async () => expect((await instances())[0]!.rate).toBeGreaterThan(40));
      expect((await instances())[0]!.rate).toBeLessThan(150);
    } finally {
      clearInterval(timer);
    }
  });

  it('where nothing of a role is run, it is there and frozen; what its builds have said of it stays', async () => {
    attend('g');
    await until(async () => expect(await instances()).toMatchObject([{ id: 'g', frozen: false }]));
    const [before] = await listWorkers(status);
    const metrics = new Metrics();
    const instance = { id: 'h', roles: ['thumbnails'], startedAt: new Date().toISOString() };
    const { modules, close } = whileFrozen({ settings: { DATABASE_URL: url }, instance, log, metrics } as unknown as Host);
    const [provider] = (modules[0] as { providers: { useFactory(): Attendance }[] }).providers;
    const frozen = provider!.useFactory();
    try {
      await frozen.beat();
      expect(await instances()).toMatchObject([
        { id: 'g', frozen: false },
        { id: 'h', frozen: true },
      ]);
      expect({ ...(await listWorkers(status))[0], instances: [] }).toEqual({ ...before, instances: [] });
      expect(await metrics.text()).toContain('backroom_role_frozen{role="thumbnails"} 1');
    } finally {
      await frozen.beforeApplicationShutdown();
      await close?.();
    }
  });

  it('a role that may not pause others is refused', async () => {
    await expect(pauseWorker(db, 'thumbnails', true)).rejects.toThrow('permission denied');
  });
});
