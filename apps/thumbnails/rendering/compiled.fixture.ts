import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import * as make from '../../../test/setup/photos.js';
import type * as fromSource from './render-process.js';

/** The renderer compiled, as it runs: from source each process has to load the compiler first, which takes it two seconds. */
export async function compileRendering() {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'backroom-render-'));
  await symlink(path.resolve('node_modules'), path.join(folder, 'node_modules'));
  await writeFile(path.join(folder, 'package.json'), '{ "type": "module" }');
  await mkdir(path.join(folder, 'filters'));
  const compilerOptions = { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext };
  for (const file of await readdir(import.meta.dirname, { recursive: true })) {
    if (!file.endsWith('.ts') || file.endsWith('.spec.ts')) continue;
    const { outputText } = ts.transpileModule(await readFile(path.join(import.meta.dirname, file), 'utf8'), { compilerOptions });
    await writeFile(path.join(folder, file.replace(/ts$/, 'js')), outputText);
  }
  const compiled = (await import(pathToFileURL(path.join(folder, 'render-process.js')).href)) as typeof fromSource;
  return { folder, compiled, remove: () => rm(folder, { recursive: true }) };
}

/** The most a process had that has rendered a small photo, in MiB. */
export async function mebibytesAtRest({ RenderProcesses }: typeof fromSource): Promise<number> {
  const pool = new RenderProcesses({ processes: 1, timeoutMs: 60_000, mostMebibytes: 1_024, idleMs: 60_000 });
  await pool.render(await make.oriented(40, 30, 6), new AbortController().signal);
  const status = await readFile(`/proc/${pool.pids[0]}/status`, 'latin1');
  await pool.close();
  return Math.ceil(Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)![1]) / 1024);
}
