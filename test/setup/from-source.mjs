// `node --conditions=source --import ./test/setup/from-source.mjs apps/x/main.ts`: a host as a process of its own, straight from its
// source, for tests that kill it. Node's own type stripping knows no decorators; tsx emits no metadata for them.
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { register } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';

// Node runs loaders in a thread of their own, which imports this file again.
if (isMainThread) register(import.meta.url);

// What was compiled once is kept by its content: the compiler alone takes a second to load, in each process. Other options are another folder.
const kept = fileURLToPath(new URL('../../node_modules/.cache/from-source-1/', import.meta.url));

async function compiled(fileName) {
  const text = await readFile(fileName, 'utf8');
  const file = path.join(kept, createHash('sha256').update(`${fileName}\0${text}`).digest('hex'));
  const before = await readFile(file, 'utf8').catch(() => undefined);
  if (before !== undefined) return before;
  const { default: ts } = await import('typescript');
  const compilerOptions = {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.ESNext,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    useDefineForClassFields: false,
    isolatedModules: true,
    inlineSourceMap: true,
  };
  const { outputText } = ts.transpileModule(text, { compilerOptions, fileName });
  await mkdir(kept, { recursive: true });
  // Whole, or not at all: several processes may do this at once.
  await writeFile(`${file}.${process.pid}`, outputText);
  await rename(`${file}.${process.pid}`, file);
  return outputText;
}

export const resolve = async (specifier, context, next) => {
  if (specifier.startsWith('.') && specifier.endsWith('.js') && context.parentURL?.endsWith('.ts'))
    return next(specifier.replace(/js$/, 'ts'), context);
  return next(specifier, context);
};

export const load = async (url, context, next) => {
  if (!url.endsWith('.ts')) return next(url, context);
  return { format: 'module', source: await compiled(fileURLToPath(url)), shortCircuit: true };
};
