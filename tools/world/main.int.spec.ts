import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import ts from 'typescript';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';

const here = import.meta.dirname;
let dir: string;
let child: ChildProcess | undefined;

/** The world as node runs it, without a build of the whole shop. */
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'world-'));
  writeFileSync(join(dir, 'package.json'), '{"type":"module"}');
  symlinkSync(join(here, '../../node_modules'), join(dir, 'node_modules'));
  const compilerOptions = { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext };
  for (const file of readdirSync(here).filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts')))
    writeFileSync(
      join(dir, file.replace(/\.ts$/, '.js')),
      ts.transpileModule(readFileSync(join(here, file), 'utf8'), { compilerOptions }).outputText,
    );
});
afterEach(() => void child?.kill('SIGKILL'));
afterAll(() => rmSync(dir, { recursive: true }));

async function start(env: Record<string, string> = {}): Promise<string> {
  child = spawn(process.execPath, [join(dir, 'main.js')], {
    env: { PORT: '0', DATA_DIR: join(dir, 'books'), ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout! })) return JSON.parse(line).url;
  throw new Error('it ended before it listened');
}

it('a kill loses no answered operation, and books none twice', async () => {
  const answered = new Map<string, string>();
  const ship = async (url: string, key: string) => {
    const answer = await fetch(`${url}/carrier/parcels`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify({ orderId: key, shipTo: { postcode: '1010' } }),
    });
    return ((await answer.json()) as { tracking: string }).tracking;
  };

  let url = await start();
  const client = async (name: number) => {
    for (let n = 0; ; n++) {
      const key = `${name}-${n}`;
      answered.set(key, await ship(url, key));
      if (answered.size === 300) child!.kill('SIGKILL'); // with the other clients' requests in flight
    }
  };
  await Promise.allSettled([1, 2, 3, 4, 5, 6, 7, 8].map(client));
  expect(answered.size).toBeGreaterThanOrEqual(300);

  url = await start();
  const replays = await Promise.all([...answered.keys()].map(async (key) => [key, await ship(url, key)] as const));
  expect(new Map(replays)).toEqual(answered);
  const { items } = (await (await fetch(`${url}/carrier/ledger`)).json()) as { items: { orderId: string }[] };
  expect(new Set(items.map((item) => item.orderId)).size).toBe(items.length);
});

it('stops at SIGTERM with 0, a slow answer notwithstanding', async () => {
  const url = await start({ PRINTER_DELAY_MS: '3600000' });
  const waits = fetch(`${url}/printer/jobs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': 'k' },
    body: JSON.stringify({ orderId: 'slow', lines: [{ sku: 'A', quantity: 1 }] }),
  });
  waits.catch(() => undefined);
  await expect.poll(async () => (await fetch(`${url}/printer/operations/k`)).status, { timeout: 5000 }).toBe(200);
  child!.kill('SIGTERM');
  expect(await once(child!, 'exit')).toEqual([0, null]);
  await expect(waits).rejects.toThrow('fetch failed');
});

it('does not start on a setting it can’t read', async () => {
  await expect(start({ CARRIER_DELAY_MS: '2s' })).rejects.toThrow();
  expect(child!.exitCode ?? (await once(child!, 'exit'))[0]).toBe(1);
});
