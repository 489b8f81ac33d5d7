import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { keyIn } from './vault.js';

it('makes one key for all instances that start at once, and keeps it', async () => {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'backroom-key-'));
  try {
    const file = path.join(dir, 'payments.jwk');
    const keys = await Promise.all(Array.from({ length: 8 }, () => keyIn(file)));
    expect(new Set([...keys, await keyIn(file)].map(({ kid }) => kid)).size).toBe(1);
    expect(await readdir(dir)).toEqual(['payments.jwk']);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  } finally {
    await rm(dir, { recursive: true });
  }
});
