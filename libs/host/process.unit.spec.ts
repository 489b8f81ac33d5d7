import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

vi.setConfig({ testTimeout: 90_000 });

/** What signals do is only seen in a process of its own. */
const program = fileURLToPath(new URL('process.fixture.ts', import.meta.url));
const source = ['--conditions=source', '--import', new URL('../../test/setup/from-source.mjs', import.meta.url).href];

let dir: string;
beforeEach(() => void (dir = mkdtempSync(path.join(os.tmpdir(), 'backroom-process-'))));
afterEach(() => rmSync(dir, { recursive: true }));

const launch = (env: NodeJS.ProcessEnv = {}) => {
  const { PATH } = process.env;
  const child = spawn(process.execPath, [...source, program], { env: { PATH, PORT: '0', NODE_ENV: 'production', DATA_DIR: dir, ...env } });
  const exited = once(child, 'exit');
  let out = '';
  let err = '';
  child.stdout.on('data', (text) => (out += text));
  child.stderr.on('data', (text) => (err += text));
  const said = (what: string) => new Promise<string>((found) => child.stdout.on('data', () => out.includes(what) && found(out)));
  const ready = said('"ready"');
  return { child, said, ready, end: async () => ({ code: (await exited)[0] as number | null, out, err }) };
};

it.each(['SIGTERM', 'SIGINT'] as const)('%s is answered by a clean stop and 0', async (signal) => {
  const { child, ready, end } = launch();
  await ready;
  child.kill(signal);
  const { code, out, err } = await end();
  expect([
    code,
    err,
    out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).msg),
  ]).toEqual([0, '', ['ready', 'stopping', 'stopped']]);
});

it.each(['throw', 'reject'])('an error nobody caught (%s) is logged before the process ends with 1', async (then) => {
  const { code, out } = await launch({ THEN: then }).end();
  expect([code, JSON.parse(out.trim().split('\n').at(-1)!)]).toEqual([1, expect.objectContaining({ level: 'fatal' })]);
});

it('a bad setting ends it with one sentence and 1', async () => {
  const { code, out, err } = await launch({ LOG_LEVEL: 'loud' }).end();
  expect([code, out, err]).toEqual([1, '', 'LOG_LEVEL must be trace, debug, info, warn, error, fatal or silent, not "loud".\n']);
});

it('killed before it was ready it is frozen, though it could say nothing', async () => {
  expect((await launch({ THEN: 'die', VERSION: 'broken' }).end()).code).toBe(null);
  const frozen = launch({ THEN: 'die', VERSION: 'broken' });
  const { url } = JSON.parse((await frozen.said('Takes no work')).trim()) as { url: string };
  const pages = ['live', 'ready'].map(async (page) => (await fetch(`${url}/health/${page}`)).status);
  expect(await Promise.all(pages)).toEqual([200, 503]);
  frozen.child.kill('SIGTERM');
  expect((await frozen.end()).code).toBe(0);
});
