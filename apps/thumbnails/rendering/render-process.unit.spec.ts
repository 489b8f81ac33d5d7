import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { compileRendering, mebibytesAtRest } from './compiled.fixture.js';
import { render } from './render.js';
import * as fromSource from './render-process.js';
import type { RenderProcesses, RenderProcessOptions } from './render-process.js';
import * as make from '../../../test/setup/photos.js';

const never = new AbortController().signal;
let opened: RenderProcesses[] = [];
let compiled: typeof fromSource;
let folder: string;
let remove: () => Promise<void>;
beforeAll(async () => void ({ compiled, folder, remove } = await compileRendering()));
afterAll(() => remove());
const processes = (options: Partial<RenderProcessOptions> = {}, { RenderProcesses } = compiled): RenderProcesses => {
  const pool = new RenderProcesses({ processes: 2, timeoutMs: 60_000, mostMebibytes: 1_024, idleMs: 60_000, ...options });
  opened.push(pool);
  return pool;
};
afterEach(async () => {
  await Promise.all(opened.map((pool) => pool.close()));
  opened = [];
});

const lives = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
/** Takes a second or two. */
const large = make.noise(6_000, 6_000).jpeg({ quality: 50 }).toBuffer();
const small = make.oriented(40, 30, 6);
const timeout = { timeout: 60_000 };

describe('a photo rendered in a process of its own', timeout, () => {
  it('comes out as in this one', async () => {
    const pool = processes();
    for (const photo of [
      await small,
      await make.pixels(1_500, 300).ensureAlpha(0.5).png().toBuffer(),
      Buffer.from('no photo'),
      Buffer.alloc(0),
    ]) {
      const answer = await pool.render(photo, never);
      expect(answer).toEqual(await render(photo, never));
      if ('renditions' in answer) for (const { bytes } of answer.renditions) expect(Buffer.isBuffer(bytes)).toBe(true);
    }
    expect(pool.pids).toHaveLength(1);
  });

  it('from source too', async () => {
    const pool = processes({}, fromSource);
    expect(await pool.render(await small, never)).toHaveProperty('renditions');
  });

  it('waits where all are busy; there are never more processes than allowed', async () => {
    const pool = processes();
    const seen = new Set<number>();
    const answers = await Promise.all(
      Array.from({ length: 9 }, async () => {
        const answer = await pool.render(await small, never);
        for (const pid of pool.pids) seen.add(pid);
        return answer;
      }),
    );
    expect(answers.every((answer) => 'renditions' in answer)).toBe(true);
    expect(seen.size).toBe(2);
  });

  it('is told of when it kills the process; the next is rendered by another', async () => {
    const pool = processes({ processes: 1 });
    await pool.render(await small, never);
    const [first] = pool.pids;
    const dying = pool.render(await large, never);
    await nextTurn();
    process.kill(first!, 'SIGKILL');
    expect(await dying).toEqual({ died: 'SIGKILL' });
    expect(await pool.render(await small, never)).toHaveProperty('renditions');
    expect(pool.pids).toHaveLength(1);
    expect(pool.pids).not.toContain(first);
  });

  it('does not suffer from a process that died while it waited', async () => {
    const pool = processes({ processes: 1 });
    await pool.render(await small, never);
    const [first] = pool.pids;
    process.kill(first!, 'SIGKILL');
    await expect.poll(() => lives(first!)).toBe(false);
    expect(await pool.render(await small, never)).toHaveProperty('renditions');
  });

  it('that takes too long is given up, and its process with it', async () => {
    const pool = processes({ processes: 1, timeoutMs: 30 });
    expect(await pool.render(await large, never)).toEqual({ died: 'It took more than 30 ms.' });
    expect(pool.pids).toEqual([]);
  });

  it('that takes too much memory too', async () => {
    const most = (await mebibytesAtRest(compiled)) + 30;
    const pool = processes({ processes: 1, mostMebibytes: most });
    expect(await pool.render(await small, never)).toHaveProperty('renditions');
    expect(await pool.render(await large, never)).toEqual({ died: `It took more than ${most} MiB.` });
    expect(pool.pids).toEqual([]);
  });

  it('told to stop, rejects with what it was told, and its process is gone', async () => {
    const pool = processes({ processes: 1 });
    await pool.render(await small, never);
    const [pid] = pool.pids;
    const stop = new AbortController();
    const stopped = pool.render(await large, stop.signal);
    await nextTurn();
    stop.abort(new Error('the lease is over'));
    await expect(stopped).rejects.toThrow('the lease is over');
    expect(lives(pid!)).toBe(false);
    await expect(pool.render(await small, stop.signal)).rejects.toThrow('the lease is over');
  });
});

describe('processes', timeout, () => {
  it('nobody needs are ended', async () => {
    const pool = processes({ idleMs: 20 });
    await pool.render(await small, never);
    await expect.poll(() => pool.pids).toEqual([]);
    expect(await pool.render(await small, never)).toHaveProperty('renditions');
  });

  it('grown large are not used again', async () => {
    const pool = processes({ processes: 1, mostMebibytes: (await mebibytesAtRest(compiled)) + 30 });
    expect(await pool.render(await small, never)).toHaveProperty('renditions');
    expect(pool.pids).toEqual([]);
  });

  it('have none of the secrets of whoever forked them', async () => {
    const pool = processes();
    await pool.render(await small, never);
    const environment = await readFile(`/proc/${pool.pids[0]}/environ`, 'latin1');
    expect(environment.split('\0').map((entry) => entry.split('=')[0])).not.toContain('PATH');
    expect(process.env.PATH).toBeTruthy();
  });

  it('are gone after closing, those at work and those still starting too', async () => {
    const pool = processes();
    await pool.render(await small, never);
    const working = pool.render(await large, never);
    const starting = pool.render(await large, never);
    await expect.poll(() => pool.pids).toHaveLength(2);
    const { pids } = pool;
    const outcomes = Promise.allSettled([working, starting]);
    await pool.close();
    expect(pids.filter(lives)).toEqual([]);
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(pool.pids).toEqual([]);
    await expect(pool.render(await small, never)).rejects.toThrow('closed');
  });

  it('die with whoever forked them, and are deaf to Ctrl-C', async () => {
    const host = fork(path.join(folder, 'render-host.fixture.js'), { stdio: 'inherit' });
    const [pids] = (await once(host, 'message')) as [number[]];
    expect(pids).toHaveLength(1);
    process.kill(pids[0]!, 'SIGINT');
    process.kill(pids[0]!, 'SIGTERM');
    host.send('again');
    expect((await once(host, 'message'))[0]).toEqual(pids);
    host.kill('SIGKILL');
    await expect.poll(() => lives(pids[0]!), { timeout: 10_000 }).toBe(false);
  });
});
