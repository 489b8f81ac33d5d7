import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { anOrder, place, reached } from './contract/orders.js';
import { axeFinds, chromiumHere, openBrowser } from './setup/browser.js';
import { operatorToken, startHost, type TestHost } from './setup/host.js';

const chromium = await chromiumHere();
/** Where pictures go: `PICTURES=docs/pictures npx vitest run --project e2e test/dashboard`. */
const pictures = process.env.PICTURES;

describe.skipIf(!chromium)('the dashboard, in a browser', () => {
  let host: TestHost;
  let browser: Browser;
  const wrong: string[] = [];
  // The printer takes its time, so that an order can be cancelled while it is printed.
  beforeAll(async () => {
    [host, browser] = await Promise.all([startHost({ PRINTER_DELAY_MS: '3000', LAB: 'true' }), openBrowser(chromium!)]);
  });
  afterAll(async () => {
    await browser?.close();
    await host?.stop();
  });

  /** A window of its own, in which nothing may go wrong unseen, and from which nobody else may be asked. */
  async function open(address = `/#token=${operatorToken}`, scheme: 'light' | 'dark' = 'light'): Promise<Page> {
    const context = await browser.newContext({ colorScheme: scheme, viewport: { width: 1280, height: 860 } });
    const page = await context.newPage();
    page.setDefaultTimeout(60_000);
    page.on('pageerror', (error) => wrong.push(`${error.stack}`));
    // A browser tells of each answer that is no success, and asking is how the page learns what is there.
    page.on('console', (said) => said.type() === 'error' && !said.text().startsWith('Failed to load resource') && wrong.push(said.text()));
    page.on('request', (asked) => {
      if (/^https?:/.test(asked.url()) && new URL(asked.url()).origin !== host.url) wrong.push(`asks ${asked.url()}`);
    });
    await page.goto(`${host.url}${address}`);
    return page;
  }

  const go = async (page: Page, hash: string, title: string): Promise<void> => {
    await page.goto(`${host.url}/${hash}`);
    await page.getByRole('heading', { level: 1, name: title }).waitFor();
  };

  /** What axe finds, in light and in dark, is nothing; and a picture where one is wanted. */
  async function lookAt(page: Page, name: string): Promise<void> {
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      expect(await axeFinds(page)).toEqual([]);
      if (pictures) await page.screenshot({ path: path.join(pictures, `${name}-${colorScheme}.png`) });
    }
    expect(wrong).toEqual([]);
  }

  it('asks who is there, and opens to the operator alone', async () => {
    const page = await open('/');
    await page.getByLabel('The operator’s token').fill('somebody else’s');
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByRole('alert').getByText('This is not the operator’s token.').waitFor();
    await lookAt(page, 'entry');
    await page.getByLabel('The operator’s token').fill(operatorToken);
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByText('Live', { exact: true }).waitFor();
    await page.context().close();
  });

  it('takes the token out of the address', async () => {
    const page = await open();
    await page.getByText('Live', { exact: true }).waitFor();
    expect(page.url()).toBe(`${host.url}/#/`);
    await page.context().close();
  });

  it('shows on its overview what happens, as it happens', async () => {
    const page = await open();
    const completed = page.getByRole('link', { name: /^Completed/ });
    await completed.getByText('0', { exact: true }).waitFor();
    const some = await Promise.all(Array.from({ length: 4 }, () => place(host)));
    const declined = await place(host, anOrder({ card: '4000000000000002', email: 'eve@example.com' }));
    await Promise.all(some.map((one) => reached(host, one, 'completed')));
    await reached(host, declined, 'failed');
    await completed.getByText('4', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'Order completed' }).first().waitFor();
    await page.getByText('nobody is behind').waitFor();
    await lookAt(page, 'overview');
    await page.context().close();
  });

  it('finds orders, and shows one as it was at any moment', async () => {
    const page = await open();
    await go(page, '#/orders', 'Orders');
    const rows = page.getByRole('row');
    await expect.poll(() => rows.count()).toBe(6);
    await page.getByLabel('Number or e-mail address').fill('EVE@example.com');
    await expect.poll(() => rows.count()).toBe(2);
    await page.getByLabel('Status').selectOption('completed');
    await page.getByText('No orders.').waitFor();
    await page.getByLabel('Number or e-mail address').fill('');
    await expect.poll(() => rows.count()).toBe(5);
    await lookAt(page, 'orders');

    const whole = (await rows.nth(2).getByRole('link').getAttribute('title'))!;
    await page.getByLabel('Number or e-mail address').fill(whole.slice(-8));
    await expect
      .poll(() => rows.getByRole('link').evaluateAll((all: { title: string }[]) => all.map(({ title }) => title)))
      .toEqual([whole]);
    await page.getByLabel('Number or e-mail address').fill(whole);
    await page.getByRole('heading', { level: 1, name: /^Order / }).waitFor();
    await page.goBack();
    await page.getByLabel('Number or e-mail address').fill('');
    await expect.poll(() => rows.count()).toBe(5);

    await rows.nth(1).getByRole('link').click();
    await page.getByRole('heading', { level: 1, name: /^Order / }).waitFor();
    await page.getByText('The carrier has the parcel.').waitFor();
    const slider = page.getByRole('slider', { name: 'Version' });
    await slider.focus();
    await page.keyboard.press('Home');
    await page.getByRole('heading', { name: '1. Order placed' }).waitFor();
    await page.getByText('Decided then: Wait until its photos are rendered.').waitFor();
    await page.keyboard.press('ArrowRight');
    await page.getByRole('heading', { name: '2. Photos ready' }).waitFor();
    await page.getByText('Decided then: Reserve the stock (fulfilment).').waitFor();
    await page.getByText('capture: ok').waitFor();
    await lookAt(page, 'order');
    await page.context().close();
  });

  it('cancels an order', async () => {
    const page = await open();
    await go(page, '#/orders', 'Orders');
    const placed = await place(host);
    await page.getByRole('link', { name: placed.id.slice(-8) }).click();
    await page.getByRole('button', { name: 'Cancel the order' }).click();
    await page.getByLabel('Reason, if there is one').fill('Changed my mind.');
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel the order' }).click();
    await reached(host, placed, 'cancelled');
    await page.getByText('Changed my mind.').first().waitFor();
    await page.getByText('void: ok').waitFor();
    await page.context().close();
  });

  it('orders in the shop, with a photo, and follows it to its end', async () => {
    const page = await open();
    await go(page, '#/shop', 'Shop');
    await page
      .getByLabel('Photo, if it is to have one')
      .setInputFiles({ name: 'holiday.jpg', mimeType: 'image/jpeg', buffer: await holiday() });
    await page.getByRole('button', { name: 'Order', exact: true }).click();
    await page.getByText('holiday.jpg is there.').waitFor();
    await page.getByText('completed', { exact: true }).waitFor();
    await lookAt(page, 'shop');

    await go(page, '#/photos', 'Photos');
    const image = page.getByRole('img', { name: /^Photo / }).first();
    await expect.poll(() => image.evaluate((shown: { naturalWidth: number }) => shown.naturalWidth)).toBeGreaterThan(0);
    await page.getByRole('button', { name: /^The renditions of/ }).click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^proof/ })
      .click();
    await page.getByRole('img', { name: /as proof/ }).waitFor();
    await lookAt(page, 'photos');
    await page.context().close();
  });

  it('sends a file of orders to its job, and follows the run', async () => {
    const page = await open();
    await go(page, '#/jobs', 'Jobs');
    await page.getByRole('link', { name: 'import', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'import' }).waitFor();
    const columns = 'reference,email,name,line1,city,postcode,country,sku,quantity,card_number,card_expiry,card_cvc';
    const rows = ['AT', 'XX'].map(
      (country, n) => `r${n},ada@example.com,Ada,1 Main St,Vienna,1010,${country},MUG,1,4242424242424242,12/39,123`,
    );
    const buffer = Buffer.from([columns, ...rows, ''].join('\n'));
    await page.getByLabel('CSV or NDJSON').setInputFiles({ name: 'orders.csv', mimeType: 'text/csv', buffer });
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByRole('heading', { level: 1, name: /^Run / }).waitFor();
    await page.getByText('succeeded', { exact: true }).waitFor();
    await page.getByText('"reference": "r1"').waitFor();
    await lookAt(page, 'run');

    await page.getByRole('link', { name: 'import', exact: true }).click();
    await page.getByLabel('Seconds to end in when the process stops').fill('7');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Kept.').waitFor();
    expect((await host.operator('/jobs/import').expect(200)).body).toMatchObject({
      stoppingWaitSeconds: 7,
      runs: [{ state: 'succeeded' }],
    });
    await lookAt(page, 'job');
    await go(page, '#/jobs', 'Jobs');
    await page.getByRole('row', { name: /import.*succeeded/ }).waitFor();
    await lookAt(page, 'jobs');
    await page.context().close();
  });

  it('opens an account, shows its steps as they are taken and its key, and closes it', async () => {
    const page = await open();
    await go(page, '#/accounts', 'Accounts');
    await page.getByText('No accounts yet.').waitFor();
    await page.getByLabel('Name').fill('Lovelace Studio');
    await page.getByLabel('E-mail').fill('studio@example.com');
    await page.getByLabel('Requests a minute').fill('5');
    await page.getByRole('button', { name: 'Open the account' }).click();
    await page.getByRole('heading', { level: 1, name: /^Account / }).waitFor();
    await page.getByText('Account ready').waitFor();
    await page.getByText('merchant: ok').waitFor();
    await page.getByRole('button', { name: 'Show its key' }).click();
    await page.getByText(/^bk_[0-9a-f-]{36}_/).waitFor();
    await page.getByRole('button', { name: 'Renew its key' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Renew it' }).click();
    await page.getByText(/^bk_[0-9a-f-]{36}_2_/).waitFor();
    await lookAt(page, 'account');
    await page.getByRole('button', { name: 'Close the account' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Close it' }).click();
    await page.getByText('merchant-closure: ok').waitFor();
    await expect.poll(() => page.getByText(/^bk_/).isVisible()).toBe(false);
    await go(page, '#/accounts', 'Accounts');
    await page.getByRole('row').filter({ hasText: 'Lovelace Studio' }).getByText('closed').waitFor();
    await lookAt(page, 'accounts');
    await page.context().close();
  });

  it('shows what was given up by its cause, and has it tried again', async () => {
    const page = await open();
    await go(page, '#/dead-letters', 'Dead letters');
    await page.getByText('Nothing was given up.').waitFor();
    const some = await Promise.all([place(host), place(host), place(host)]);
    await Promise.all(some.map((one) => reached(host, one, 'completed')));
    const streams = some.map(({ id }) => `'order:${id}'`).join(', ');
    const studio = { name: 'Studio', email: 'studio@example.com' };
    const { body: account } = await host.http().post('/accounts').set(host.operatorHeaders).send(studio).expect(202);
    await vi.waitFor(async () => expect((await host.operator(`/accounts/${account.id}`)).body.status).toBe('ready'), 30_000);
    // As if they had been tried for long enough.
    await host.sql(
      `UPDATE bookmarks SET dead_at = now(), attempts = 12, first_failed_at = now(), last_failed_at = now(),
         error = CASE stream WHEN 'order:${some[0]!.id}' THEN 'Out of paper.' WHEN 'account:${account.id}' THEN 'Nobody is there.' ELSE 'Out of ink.' END
       WHERE consumer = 'fulfilment' AND stream IN (${streams}) OR consumer = 'merchants' AND stream = 'account:${account.id}'`,
    );
    await page.reload();
    await page.getByRole('heading', { name: 'Out of ink.' }).waitFor();
    for (const what of ['order', 'account'])
      expect(
        await page
          .getByRole('link', { name: new RegExp(`^${what}:`) })
          .first()
          .getAttribute('href'),
      ).toMatch(`#/${what}s/`);
    await page.getByRole('button', { name: `Look: order:${some[0]!.id}` }).click();
    await page.getByText('"message": "Out of paper."').waitFor();
    await page.getByRole('button', { name: 'What would happen?' }).first().click();
    await page.getByText('Next would be nothing (2).').waitFor();
    await lookAt(page, 'dead-letters');
    await page.getByRole('button', { name: 'Try all 2 again' }).click();
    await expect.poll(() => page.getByRole('heading', { name: 'Out of ink.' }).count()).toBe(0);
    await page.getByRole('button', { name: `Drop: order:${some[0]!.id}` }).click();
    await page.getByRole('button', { name: `Drop: account:${account.id}` }).click();
    await page.getByText('Nothing was given up.').waitFor();
    await page.context().close();
  });

  it('stops a role, and lets it go on', async () => {
    const page = await open();
    await go(page, '#/workers', 'Workers');
    const paused = async (): Promise<boolean> => {
      const { body } = await host.operator('/workers').expect(200);
      return (body.items as { role: string; paused: boolean }[]).find(({ role }) => role === 'payments')!.paused;
    };
    await page.getByRole('button', { name: 'Pause payments' }).click();
    await page.getByRole('button', { name: 'Resume payments' }).waitFor();
    expect(await paused()).toBe(true);
    await lookAt(page, 'workers');
    await page.getByRole('button', { name: 'Resume payments' }).click();
    await page.getByRole('button', { name: 'Pause payments' }).waitFor();
    expect(await paused()).toBe(false);
    await page.context().close();
  });

  it('breaks the world in its lab, and shows that no promise is', async () => {
    const page = await open();
    await go(page, '#/lab', 'Lab');
    await page.getByRole('button', { name: 'Bank: Loses answers' }).click();
    await page.getByRole('cell', { name: 'does it, and 20 times nobody hears of it' }).waitFor();
    await page.getByRole('button', { name: 'Place 20 orders' }).click();
    await page.getByText('20 orders are placed.').waitFor();
    await page.getByRole('button', { name: 'Tell again of the last 50' }).click();
    await page.getByText(/news of [0-9]+ orders come once more/).waitFor();
    await page.getByText('Of the last 20 orders placed here 20 have ended, 0 are under way.').waitFor();
    await page.getByText(/No contradiction in [0-9,]+ things/).waitFor();
    await page.getByText('Nobody was charged twice, by the bank’s own book.').waitFor();
    await lookAt(page, 'lab');

    // It would say so.
    const take = (some: string) => host.sql(`UPDATE stock SET available = available ${some} WHERE sku = 'MUG'`);
    await take('- 1');
    await page.getByRole('button', { name: 'Look now' }).click();
    await page.getByText('1 contradictions.').waitFor();
    await take('+ 1');
    await page.getByRole('button', { name: 'All is well again' }).click();
    await expect.poll(() => page.getByRole('cell', { name: 'is well' }).count()).toBe(3);
    await page.context().close();
  });

  it('shows what the guidance asks for, row by row, and where each can be seen', async () => {
    const page = await open();
    await go(page, '#/guidance', 'Guidance');
    const { body } = await host.operator('/dashboard/guidance').expect(200);
    await expect.poll(() => page.getByRole('rowheader').count()).toBe(body.items.length);
    await page.getByText('libs/work/run-effects.ts').first().waitFor();
    await lookAt(page, 'guidance');
    const seen = page.getByRole('link', { name: /^See it: / });
    expect(await seen.count()).toBe(body.items.length);
    const leads = await seen.evaluateAll((all: { getAttribute(name: string): string | null }[]) =>
      all.map((one) => one.getAttribute('href')),
    );
    for (const hash of new Set(leads.filter((to) => to?.startsWith('#')))) {
      await page.goto(`${host.url}/${hash}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      expect(await page.getByText('There is nothing here.').count(), hash!).toBe(0);
    }
    await page.context().close();
  });

  it('can be used without a mouse, and on a phone', async () => {
    const page = await open();
    await page.getByText('Live', { exact: true }).waitFor();
    const focused = page.locator(':focus');
    await page.keyboard.press('Tab');
    expect(await focused.textContent()).toBe('To the content');
    for (const next of ['Backroom', 'Overview', 'Orders']) {
      await page.keyboard.press('Tab');
      expect((await focused.textContent())?.trim()).toBe(next);
    }
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Orders' }).waitFor();
    await expect.poll(() => focused.textContent()).toBe('Orders');
    await page.setViewportSize({ width: 390, height: 800 });
    for (const [hash, title] of [
      ['#/', 'Overview'],
      ['#/orders', 'Orders'],
      ['#/shop', 'Shop'],
    ] as const) {
      await go(page, hash, title);
      expect(await page.locator('html').evaluate((html: { scrollWidth: number }) => html.scrollWidth)).toBeLessThanOrEqual(390);
    }
    await page.context().close();
    expect(wrong).toEqual([]);
  });

  it.each(pictures ? [pictures] : [])('sits for its portrait with its hands full: %s', async (folder) => {
    const cards = ['4242424242424242', '4242424242424242', '4000000000000002', '4000000000000341', '4000000000000119'];
    for (const scheme of ['light', 'dark'] as const) {
      const page = await open(undefined, scheme);
      await page.getByText('Live', { exact: true }).waitFor();
      const placed = [];
      for (let n = 0; n < 40; n++) placed.push(await place(host, anOrder({ card: cards[n % cards.length] })));
      await page.getByRole('link', { name: 'Printed' }).first().waitFor();
      await page.screenshot({ path: path.join(folder, `overview-${scheme}.png`) });
      await Promise.all(placed.map((one) => reached(host, one, 'completed', 'failed')));
      await page.context().close();
    }
  });
});

/** A photo worth looking at. */
const holiday = (): Promise<Buffer> =>
  sharp(
    Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="1500" height="1000" viewBox="0 0 15 10">
      <linearGradient id="sky" x2="0" y2="1"><stop stop-color="#f6b26b"/><stop offset="1" stop-color="#fce5cd"/></linearGradient>
      <rect width="15" height="10" fill="url(#sky)"/><circle cx="10.5" cy="3.6" r="1.3" fill="#fff2cc"/>
      <path d="M0 7 4 2.5 7.5 6.5 10 4.5 15 8.5V10H0z" fill="#6d7f9c"/><path d="M0 8.5 5 6 9 8 15 6.5V10H0z" fill="#3d5a4c"/>
      </svg>`),
  )
    .jpeg()
    .toBuffer();
