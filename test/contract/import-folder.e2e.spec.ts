import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { csvOfOrders } from '../../libs/imports/files.fixture.js';
import { startHost, type TestHost } from '../setup/host.js';

let host: TestHost;
let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(path.join(os.tmpdir(), 'backroom-folder-'));
  host = await startHost({ IMPORT_DIR: dir });
});
afterAll(async () => {
  await host?.stop();
  await rm(dir, { recursive: true, force: true });
});

const files = async (): Promise<string[]> => (await readdir(dir, { recursive: true })).filter((name) => name !== '.taking');
/** The runs of `import`, the oldest first, once there are so many and all have ended. */
const runs = (count: number) =>
  vi.waitFor(
    async () => {
      const { body } = await host.operator('/jobs/import').expect(200);
      expect(body.runs).toHaveLength(count);
      for (const { state } of body.runs) expect(state).toBe('succeeded');
      return body.runs.toReversed();
    },
    { timeout: 60_000, interval: 100 },
  );

describe('Front door: IMPORT_DIR', () => {
  test('a file that is dropped there is placed by a run, once, and deleted', async () => {
    await writeFile(path.join(dir, 'orders.csv'), csvOfOrders(3));
    const [run] = await runs(1);
    expect(run).toMatchObject({ job: 'import', trigger: 'folder', result: { rows: 3, orders: 3, duplicates: 0, rejected: [] } });
    expect(await files()).toEqual([]);
    await writeFile(path.join(dir, 'again.csv'), csvOfOrders(4));
    const [, again] = await runs(2);
    expect(again).toMatchObject({ trigger: 'folder', result: { rows: 4, orders: 1, duplicates: 3, rejected: [] } });
    expect(await host.countOf('OrderPlaced')).toBe(4);
    expect(await files()).toEqual([]);
  });

  test('one that is no import is set aside with the reason', async () => {
    await writeFile(path.join(dir, 'letter.csv'), 'Dear shop,\n');
    await vi.waitFor(async () => expect((await files()).toSorted()).toEqual(['letter.csv.rejected', 'letter.csv.rejected.txt']), {
      timeout: 30_000,
    });
    await runs(2);
  });
});
