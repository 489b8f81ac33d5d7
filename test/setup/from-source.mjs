// `node --conditions=source --import ./test/setup/from-source.mjs apps/x/main.ts`: a host as a process of its own, straight from its
// source, for tests that kill it. Node's own type stripping knows no decorators; tsx emits no metadata for them.
import { readFile } from 'node:fs/promises';
import { register } from 'node:module';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';

// Node runs loaders in a thread of their own, which imports this file again, and alone needs the compiler: it takes a second to load.
if (isMainThread) register(import.meta.url);
const { default: ts } = isMainThread ? { default: undefined } : await import('typescript');

const compilerOptions = ts && {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.ESNext,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  useDefineForClassFields: false,
  isolatedModules: true,
  inlineSourceMap: true,
};

export const resolve = async (specifier, context, next) => {
  if (specifier.startsWith('.') && specifier.endsWith('.js') && context.parentURL?.endsWith('.ts'))
    return next(specifier.replace(/js$/, 'ts'), context);
  return next(specifier, context);
};

export const load = async (url, context, next) => {
  if (!url.endsWith('.ts')) return next(url, context);
  const fileName = fileURLToPath(url);
  const { outputText } = ts.transpileModule(await readFile(fileName, 'utf8'), { compilerOptions, fileName });
  return { format: 'module', source: outputText, shortCircuit: true };
};
