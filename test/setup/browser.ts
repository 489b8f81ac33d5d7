import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import axe from 'axe-core';
import { chromium, type Browser, type Page } from 'playwright-core';

const places = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** A Chromium that runs here: the one that CHROMIUM names, the machine's own, or on Linux the one in a package of ours. */
export async function chromiumHere(): Promise<string | undefined> {
  const found = [...places.filter((place) => place && existsSync(place)), ...(await ours())].find((file) => runs(file!));
  if (!found && process.env.DEMAND_BROWSER) throw new Error('A browser is demanded, and there is no Chromium that runs here.');
  if (!found) console.warn('Tests in a browser are left out: there is no Chromium that runs here, and CHROMIUM names none.');
  return found;
}

/** It asks nobody but who is tested. */
export const openBrowser = (executablePath: string): Promise<Browser> =>
  chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });

/** What axe finds on the page as it is, each with the first element that it is about. */
export async function axeFinds(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}

function runs(file: string): boolean {
  try {
    return execFileSync(file, ['--version', '--no-sandbox'], { stdio: ['ignore', 'pipe', 'ignore'], timeout: 20_000 }).includes('Chrom');
  } catch {
    return false;
  }
}

const kept = path.resolve(import.meta.dirname, '../../node_modules/.cache/chromium');

/** The package unpacks itself to the folder for temporary files, for others to find it half done: here it is moved to its place when it is whole. */
async function ours(): Promise<string[]> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return [];
  const file = path.join(kept, 'chromium');
  if (existsSync(file)) return [file];
  await mkdir(path.dirname(kept), { recursive: true });
  const dir = await mkdtemp(`${kept}-`);
  const { TMPDIR } = process.env;
  process.env.TMPDIR = dir;
  try {
    const { default: packed } = await import('@sparticuz/chromium');
    await packed.executablePath();
    // Where another was faster, its own is there and stays.
    await rename(dir, kept).catch(() => {});
  } finally {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
    await rm(dir, { recursive: true, force: true });
  }
  return [file];
}
