import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { keepAlive, type KeptAlive } from './kept-alive.js';

const soon = { timeout: 20_000, interval: 20 };
const program = `
setInterval(() => console.log('beat'), 20);
process.on('SIGTERM', () => { console.log('bye'); process.exit(0); });`;

let dir: string;
let kept: KeptAlive;
let said: string[];
beforeEach(async () => {
  dir = await mkdtemp(path.join(os.tmpdir(), 'backroom-kept-'));
  const file = path.join(dir, 'program.mjs');
  await writeFile(file, program);
  said = [];
  kept = keepAlive('one', file, { env: { PATH: process.env.PATH }, say: (_, line) => said.push(line) });
  await vi.waitUntil(() => said.includes('beat'), soon);
});
afterEach(async () => {
  await kept.stop(5_000);
  await rm(dir, { recursive: true, force: true });
});

it('comes back when it was killed, also while it is frozen', async () => {
  const { pid } = kept;
  kept.freeze(60_000);
  expect(kept.frozen).toBe(true);
  kept.kill();
  await vi.waitUntil(() => kept.pid !== undefined && kept.pid !== pid, soon);
  expect(kept.frozen).toBe(false);
  expect(said).toContain('ended by SIGKILL; starts again in 0.5 s');
});

it('stands still while it is frozen, and goes on as the same', async () => {
  const { pid } = kept;
  kept.freeze(2_000);
  const length = said.length;
  await vi.waitUntil(() => !kept.frozen, soon);
  // What was on its way, and the two words about it; not a hundred beats of two seconds.
  expect(said.slice(length).filter((line) => line === 'beat').length).toBeLessThan(50);
  said = [];
  await vi.waitUntil(() => said.includes('beat'), soon);
  expect(kept.pid).toBe(pid);
});

it('says its last words although it is frozen', async () => {
  kept.freeze(60_000);
  await kept.stop(10_000);
  expect(said.at(-1)).toBe('bye');
});
