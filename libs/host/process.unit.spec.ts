import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, expect, it } from 'vitest';

/** A program on this folder's own code, compiled: what signals do is only seen in a process of its own. */
const program = `
  import { run } from './run.js';
  class Nothing {}
  await run([{ name: 'relay', port: 0, module: { module: Nothing } }]);
  if (process.env.THEN === 'throw') setImmediate(() => { throw new Error('nobody caught me'); });
  if (process.env.THEN === 'reject') void Promise.reject(new Error('nobody caught me'));
`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'backroom-host-'));
  await symlink(resolve('node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  await writeFile(join(folder, 'program.js'), program);
  const { compilerOptions } = ts.parseConfigFileTextToJson('tsconfig.json', await readFile('tsconfig.json', 'utf8')).config;
  // transpileModule does not look for a package.json, and takes nodenext for CommonJS without one.
  const { options } = ts.convertCompilerOptionsFromJson(
    { ...compilerOptions, sourceMap: false, module: 'esnext', moduleResolution: 'bundler' },
    '.',
  );
  for (const file of await readdir('libs/host')) {
    if (!file.endsWith('.ts') || file.endsWith('.spec.ts')) continue;
    const { outputText } = ts.transpileModule(await readFile(join('libs/host', file), 'utf8'), {
      compilerOptions: options,
      fileName: file,
    });
    await writeFile(join(folder, file.replace(/ts$/, 'js')), outputText);
  }
});
afterAll(() => rm(folder, { recursive: true }));

const launch = (env: NodeJS.ProcessEnv = {}) => {
  const { PATH } = process.env;
  const child = spawn(process.execPath, ['program.js'], { cwd: folder, env: { PATH, PORT: '0', NODE_ENV: 'production', ...env } });
  const exited = once(child, 'exit');
  let out = '';
  let err = '';
  child.stdout.on('data', (text) => (out += text));
  child.stderr.on('data', (text) => (err += text));
  const ready = new Promise<string>((found) => child.stdout.on('data', () => out.includes('"ready"') && found(out)));
  return { child, ready, end: async () => ({ code: (await exited)[0], out, err }) };
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
