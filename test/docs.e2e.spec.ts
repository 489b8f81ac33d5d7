import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { axeFinds, chromiumHere, openBrowser } from './setup/browser.js';
import { startHost, type TestHost } from './setup/host.js';

const executable = await chromiumHere();

describe.skipIf(!executable)('/docs in a browser', () => {
  let host: TestHost;
  let browser: Browser;
  beforeAll(async () => {
    host = await startHost();
    browser = await openBrowser(executable!);
  });
  afterAll(async () => {
    await browser?.close();
    await host?.stop();
  });

  test.each(['light', 'dark'] as const)('every route is there, nothing else is asked, axe finds nothing (%s)', async (colorScheme) => {
    const page = await browser.newPage({ colorScheme });
    const asked: string[] = [];
    const wrong: string[] = [];
    page.on('request', (request) => void asked.push(request.url()));
    page.on('pageerror', (error) => void wrong.push(error.message));
    page.on('console', (message) => void (message.type() === 'error' && wrong.push(message.text())));
    await page.goto(`${host.url}/docs`);
    await page.locator('#postOrders').waitFor();
    const { paths } = (await host.http().get('/openapi.json')).body as { paths: Record<string, object> };
    const routes = Object.values(paths).flatMap((item) => Object.keys(item));
    expect(await page.locator('section.route').count()).toBe(routes.length);
    expect(await page.locator('#postOrders').textContent()).toContain('Idempotency-Key');
    // Its key is an account's alone: whoever has none orders as well.
    expect(await page.locator('#postOrders').textContent()).toMatch(/Open to everybody.*curl -i(?!.*Authorization: Bearer)/s);
    expect(await page.locator('#postAccounts').textContent()).toMatch(/The operator’s.*curl -i.*Authorization: Bearer/s);
    await page.locator('#filter').fill('cancellation');
    expect(await page.locator('section.route:visible').count()).toBe(
      Object.keys(paths).filter((path) => path.includes('cancellation')).length,
    );
    // What axe reads of all routes takes it a minute: these have every kind of part.
    await page.locator('#filter').fill('/orders');
    // By the keyboard: from the filter to the first link and to its route.
    await page.locator('#filter').focus();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(new URL(page.url()).hash).not.toBe('');
    expect(await axeFinds(page)).toEqual([]);
    expect(wrong).toEqual([]);
    for (const url of asked) expect(url.startsWith(`${host.url}/`) || url.startsWith('data:'), url).toBe(true);
    await page.close();
  });
});
