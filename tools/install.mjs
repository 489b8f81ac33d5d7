// Installs what package-lock.json names and node_modules lacks.
import fs from 'node:fs';
import path from 'node:path';
import { alone } from './alone.mjs';
import { Failed, run } from './child.mjs';
import { progress } from './progress.mjs';

export const root = path.resolve(import.meta.dirname, '..');

const packagesOf = (file) => {
  try {
    const { packages } = JSON.parse(fs.readFileSync(path.join(root, file), 'utf8'));
    return new Map(Object.entries(packages).filter(([at]) => at.startsWith('node_modules/')));
  } catch {
    return undefined;
  }
};

/** npm writes node_modules/.package-lock.json last, so after an install that was cut off there is none. Optional ones are for other machines. */
const missing = () => {
  const wanted = packagesOf('package-lock.json');
  const there = packagesOf('node_modules/.package-lock.json');
  return [...wanted].filter(([at, { version, optional, devOptional }]) => {
    const found = there?.get(at);
    return found ? found.version !== version : !optional && !devOptional;
  });
};

const npm = () => {
  const { npm_execpath: file } = process.env;
  return file?.endsWith('npm-cli.js') ? [process.execPath, [file]] : ['npm', []];
};

const whole = () => missing().length === 0;

export const install = async () => {
  if (whole()) return;
  await alone('install', async () => {
    if (whole()) return;
    const wanted = [...packagesOf('package-lock.json')]
      .filter(([, { optional }]) => !optional)
      .map(([at]) => path.join(root, at, 'package.json'));
    const count = () => ({ done: wanted.filter((file) => fs.existsSync(file)).length, of: wanted.length });
    const [command, args] = npm();
    // No package's install script is needed: tools/postgres makes the one package's links itself.
    const all = [...args, 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--no-progress', '--loglevel=error'];
    try {
      await progress('Installing packages', () => run(command, all, { cwd: root }), { count });
    } catch (error) {
      if (error instanceof Failed) console.error(error.output.trim());
      throw new Error(`The packages could not be installed: ${error.message}`);
    }
  });
};
