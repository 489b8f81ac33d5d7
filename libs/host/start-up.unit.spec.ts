import { freePort } from '#tools/ports';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Module } from '@nestjs/common';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { run, type RunOptions } from './run.js';
import { start, type Running } from './start.js';
import { StartUp, type StartUpTask } from './start-up.js';

let running: Running | undefined;
afterEach(() => running?.stop());

const roleWith = (kind: 'foreground' | 'background', task: StartUpTask) => {
  class Tasks {
    constructor(startUp: StartUp) {
      startUp[kind]('task', task);
    }
  }
  @Module({ providers: [{ provide: Tasks, useFactory: (startUp: StartUp) => new Tasks(startUp), inject: [StartUp] }] })
  class TestModule {}
  return [{ name: 'api', port: 0, module: async () => TestModule }];
};
const options: RunOptions = { env: { PORT: '0', NODE_ENV: 'test', LOG_LEVEL: 'silent' } };
const ask = async (page: string) => {
  const answer = await fetch(`${running!.url}${page}`);
  return [answer.status, await answer.json()] as const;
};

describe('a foreground task', () => {
  it('that fails: never ready, one sentence, and 1', async () => {
    const dir = await mkdtemp(path.join(os.tmpdir(), 'backroom-start-up-'));
    const [exits, said, logged] = [[] as number[], [] as string[], [] as string[]];
    await run(
      roleWith('foreground', () => Promise.reject(new Error('relation "jobs" does not exist'))),
      {
        env: { ...options.env, LOG_LEVEL: 'info', DATA_DIR: dir },
        logTo: { write: (line) => void logged.push(line) },
        on: () => {},
        exit: (code) => void exits.push(code),
        say: (sentence) => void said.push(sentence),
      },
    );
    await rm(dir, { recursive: true });
    expect([exits, said, logged]).toEqual([[1], ['The start-up task “task” failed: relation "jobs" does not exist'], []]);
  });

  it('is waited for while what it needs is away: alive, not ready, until it is back', async () => {
    let away = true;
    let port = 0;
    const tried = vi.fn();
    const starting = start(
      roleWith('foreground', async () => {
        tried();
        if (away) throw new Error('ECONNREFUSED');
      }),
      {
        ...options,
        isOutage: () => true,
        infrastructure: ({ settings }) => {
          port = settings.PORT;
          return { modules: [] };
        },
        env: { ...options.env, PORT: String(await freePort()) },
      },
    );
    const page = (name: string) => fetch(`http://127.0.0.1:${port}/health/${name}`);
    await vi.waitUntil(() => tried.mock.calls.length > 1, { timeout: 5_000 });
    expect((await page('live')).status).toBe(200);
    const ready = await page('ready');
    expect([ready.status, ((await ready.json()) as { error: object }).error]).toEqual([
      503,
      { process: { status: 'down', message: 'starting: task: what it needs is away' } },
    ]);
    away = false;
    running = await starting;
    expect((await ask('/health/ready'))[0]).toBe(200);
  });

  it('that is waited for is given up when the process is told to stop', async () => {
    const told = new AbortController();
    const tried = vi.fn(() => Promise.reject(new Error('ECONNREFUSED')));
    const starting = start(roleWith('foreground', tried), { ...options, isOutage: () => true, signal: told.signal });
    starting.catch(() => {});
    await vi.waitUntil(() => tried.mock.calls.length > 0, { timeout: 5_000 });
    told.abort(new Error('told to stop'));
    await expect(starting).rejects.toThrow('told to stop');
  });
});

describe('a background task', () => {
  it('that fails: ready all the same, and /health says so until it has gone well', async () => {
    let fails = true;
    running = await start(
      roleWith('background', () => (fails ? Promise.reject(new Error('no prices yet')) : Promise.resolve())),
      options,
    );
    await vi.waitUntil(async () => (await ask('/health'))[0] === 503, { timeout: 5_000 });
    expect(await ask('/health')).toEqual([
      503,
      expect.objectContaining({
        error: { task: expect.objectContaining({ message: expect.stringMatching(/^no prices yet \(failed \d+ times/) }) },
      }),
    ]);
    expect((await ask('/health/ready'))[0]).toBe(200);
    fails = false;
    await vi.waitUntil(async () => (await ask('/health'))[0] === 200, { timeout: 20_000 });
  });
});
