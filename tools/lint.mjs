// `npm run lint`: four checks side by side, each with a line of its own; what a failed one has to say stands above its line.
import './node-version.mjs';
import fs from 'node:fs';
import path from 'node:path';

const code = ['apps', 'libs', 'tools', 'test', 'bench'].filter((folder) => fs.existsSync(path.join(import.meta.dirname, '..', folder)));

const checks = {
  'oxlint: .oxlintrc.json': ['oxlint/bin/oxlint', '--deny-warnings'],
  'prettier: format': ['prettier/bin/prettier.cjs', '--check', '--cache', '--log-level=warn', '.'],
  'typescript: types': [
    'typescript/bin/tsc',
    '-p',
    'tsconfig.json',
    '--incremental',
    '--tsBuildInfoFile',
    'node_modules/.cache/types.tsbuildinfo',
  ],
  'dependency-cruiser: who imports what': ['dependency-cruiser/bin/dependency-cruise.mjs', '--config', '.dependency-cruiser.cjs', ...code],
};

/** @returns {Promise<number>} how many of the checks failed */
export async function lint() {
  const { tool } = await import('./child.mjs');
  let failed = 0;
  await Promise.all(
    Object.entries(checks).map(async ([name, [file, ...args]]) => {
      try {
        await tool(file, args);
        console.log(`✓ ${name}`);
      } catch (error) {
        failed += 1;
        console.log(`${(error.output ?? error.message).trim()}\n✗ ${name}`);
      }
    }),
  );
  return failed;
}

if (process.argv[1] === import.meta.filename) {
  const { install, root } = await import('./install.mjs');
  process.chdir(root);
  try {
    await install();
    process.exitCode = (await lint()) === 0 ? 0 : 1;
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
