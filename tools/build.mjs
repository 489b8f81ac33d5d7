// `npm run build`: compiles into dist/ and lays beside the compiled files what they read at run time. Also run by start and test,
// where it does nothing when dist/ was made from these very sources.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { alone } from './alone.mjs';
import { Failed, tool } from './child.mjs';
import { root } from './install.mjs';
import { progress } from './progress.mjs';

const folders = ['apps', 'libs', 'tools', 'bench'];
const settings = ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'nest-cli.json'];
const dist = path.join(root, 'dist');
const stamp = path.join(dist, 'sources.sha256');
/** The dashboard shows it. */
const guidance = 'docs/patterns.md';

const filesIn = (folder) =>
  fs.existsSync(path.join(root, folder))
    ? fs
        .readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    : [];

const compiled = (file) => file.endsWith('.ts') && !file.endsWith('.spec.ts');
// Pages, styles, browser scripts, pictures, data. Notes and the sources of generated modules stay behind.
const asset = (file) => file === guidance || (/^(apps|libs|tools)\//.test(file) && !/\.(ts|md|mjml|mjs)$/.test(file));

const sources = () => [
  ...folders
    .flatMap(filesIn)
    .filter((file) => compiled(file) || asset(file))
    .sort(),
  guidance,
  ...settings,
];

const hashOf = (files) => {
  const hash = createHash('sha256');
  for (const file of files)
    hash
      .update(`${file}\0`)
      .update(fs.readFileSync(path.join(root, file)))
      .update('\0');
  return hash.digest('hex');
};

/** What no source leads to any more. dist/ isn't emptied instead, because a running host may still load from it. */
const sweep = (files) => {
  const made = new Set([stamp]);
  for (const file of files) {
    const target = path.join(dist, file);
    if (!compiled(file)) made.add(target);
    else for (const end of ['.js', '.js.map']) made.add(target.replace(/\.ts$/, end));
  }
  for (const file of filesIn('dist')) if (!made.has(path.join(root, file))) fs.rmSync(path.join(root, file));
};

const fresh = (files) => fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === hashOf(files);

export const build = async ({ always = false } = {}) => {
  if (!always && fresh(sources())) return;
  await alone('build', async () => {
    const files = sources();
    if (!always && fresh(files)) return;
    const hash = hashOf(files);
    fs.rmSync(stamp, { force: true });
    try {
      await progress('Building', () => tool('@nestjs/cli/bin/nest.js', ['build'], { cwd: root }));
    } catch (error) {
      if (error instanceof Failed) console.error(error.output.trim());
      throw new Error(`The build failed: ${error.message}`);
    }
    for (const file of files.filter(asset)) {
      fs.mkdirSync(path.dirname(path.join(dist, file)), { recursive: true });
      fs.copyFileSync(path.join(root, file), path.join(dist, file));
    }
    sweep(files);
    fs.writeFileSync(stamp, hash);
  });
};

if (process.argv[1] === import.meta.filename) {
  await build({ always: true }).catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
