import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, get, type IncomingMessage } from 'node:http';
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

type Line = { msg: string; level: string; url?: string; task?: string; begun?: number };
const lines = (out: string): Line[] =>
  out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

it('SIGINT is answered by a clean stop and 0', async () => {
  const { child, ready, end } = launch();
  await ready;
  child.kill('SIGINT');
  const { code, out, err } = await end();
  expect([code, err, lines(out).map(({ msg }) => msg)]).toEqual([0, '', ['ready', 'stopping', 'stopped']]);
});

it('SIGTERM under load: whatever was taken is answered, nothing more is taken, and it ends with 0 within its time', async () => {
  const { child, ready, end } = launch({ STOP_WITHIN_SECONDS: '4', COUNT: 'yes' });
  const { url } = lines(await ready).find(({ msg }) => msg === 'ready')!;
  const seen: Record<string, number> = {};
  const note = (what: string): void => void (seen[what] = (seen[what] ?? 0) + 1);
  const agent = new Agent({ keepAlive: true });
  let stopping = false;
  const client = async (): Promise<void> => {
    for (;;) {
      const answer = await once(get(`${url}/slow`, { agent }), 'response').catch(({ code }: NodeJS.ErrnoException) => code!);
      if (typeof answer === 'string') return note(answer);
      const [response] = answer as [IncomingMessage];
      note(`${response.statusCode} ${(await response.toArray()).join('')}`);
      if (!stopping && seen['200 done']! >= 100) {
        stopping = true;
        child.kill('SIGTERM');
      }
    }
  };
  const clients = Promise.all(Array.from({ length: 20 }, client));
  const { code, out } = await end();
  await clients;
  agent.destroy();
  const said = lines(out);
  // What is sent on a connection that is being let go of as idle may be too late; nothing of that was begun.
  const { ECONNRESET: tooLate = 0, ECONNREFUSED: refused = 0, ...rest } = seen;
  expect([tooLate + refused, rest]).toEqual([20, { '200 done': said.find(({ msg }) => msg === 'begun')!.begun }]);
  expect([code, said.map(({ msg }) => msg).filter((msg) => msg !== 'begun')]).toEqual([0, ['ready', 'stopping', 'stopped']]);
});

it.each(['throw', 'reject'])(
  'a task that fails is started again, alone; an error nobody caught (%s) ends all, logged, with 1',
  async (then) => {
    const { code, out } = await launch({ THEN: then }).end();
    const said = lines(out);
    expect(
      said.filter(({ task, msg }) => task === 'failing' && msg === 'a task failed and will start again').length,
    ).toBeGreaterThanOrEqual(3);
    expect(said.filter(({ task }) => task === 'steady')).toEqual([]);
    expect(said.filter(({ msg }) => msg === 'steady goes on')).toHaveLength(1);
    expect([code, said.at(-1)]).toEqual([1, expect.objectContaining({ level: 'fatal', msg: 'an error that nobody caught' })]);
  },
);

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
