import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const places = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** A Chromium that is on this machine, or the one that CHROMIUM names: none is ever downloaded. */
export function chromiumHere(): string | undefined {
  const found = places.find((place) => place && existsSync(place));
  if (!found && process.env.DEMAND_BROWSER) throw new Error('A browser is demanded, and there is no Chromium here.');
  if (!found) console.warn('Tests in a browser are left out: there is no Chromium here, and CHROMIUM names none.');
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
