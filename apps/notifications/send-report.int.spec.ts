import type { DayReport } from '#libs/report';
import { simpleParser } from 'mailparser';
import sharp from 'sharp';
import { afterEach, expect, it } from 'vitest';
import { scriptedServer, type Script } from './emails/scripted-server.js';
import { makeMailer } from './emails/send.js';
import { sendReport } from './send-report.js';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const report: DayReport = {
  day: '2026-05-02',
  currency: 'EUR',
  placed: { orders: 41, amount: 123_456 },
  completed: { orders: 37, amount: 98_765 },
  cancelled: 3,
  failed: { 'out-of-stock': 2 },
  hours: Array.from({ length: 24 }, (_, hour) => (hour === 13 ? 10 : hour === 20 ? 5 : 0)),
  products: [{ sku: 'MUG', name: 'Mug <b>\r\nBcc: eve@example.com', quantity: 12, amount: 15_588 }],
};

async function sent(script: Script, to: string | undefined = 'shop@example.com') {
  const server = await scriptedServer(script);
  const mailer = makeMailer(server.url, { from: 'Backroom <shop@backroom.example>', domain: 'backroom.example' });
  closing.push(server.close, () => mailer.close());
  const effect = sendReport(mailer, to);
  const outcome = await effect.perform(report, 'report:2026-05-02', new AbortController().signal, 1);
  return { server, effect, outcome };
}

it('arrives with the figures as text and as HTML, and the hours as a picture', async () => {
  const { server, outcome } = await sent({ dot: '250 kept' });
  expect(outcome).toEqual({ done: { response: '250 kept' } });
  const got = await simpleParser(server.mails[0]!, { skipImageLinks: true });
  expect(got.messageId).toBe('<daily-report.2026-05-02@backroom.example>');
  expect([got.to].flat()[0]?.value[0]?.address).toBe('shop@example.com');
  expect(got.headers.has('bcc')).toBe(false);
  for (const body of [got.text!, String(got.html)])
    for (const figure of ['2026-05-02', '41 (€1,234.56)', '37 (€987.65)', 'out-of-stock', '€155.88', '0 0 0 0 0 0 0 0 0 0 0 0 0 10 0'])
      expect(body).toContain(figure);
  expect(got.html).toContain('Mug &lt;b&gt; Bcc: eve@example.com');
  expect([got.text, got.html].join('')).not.toMatch(/undefined|\{\{|\[object/);
  const [chart] = got.attachments;
  expect(got.html).toContain(`src="cid:${chart!.cid}"`);
  expect(chart).toMatchObject({ contentType: 'image/png', contentDisposition: 'inline', related: true });
  expect(await barsIn(chart!.content)).toEqual(report.hours.map((orders) => expect.closeTo((orders / 10) * 150, -0.7)));
});

it('without SHOP_EMAIL, or when the server refuses, is an operator’s to see to', async () => {
  for (const { effect, outcome } of [await sent({}, ''), await sent({ rcpt: '550 no such user' })]) {
    expect(outcome).toEqual({ refused: expect.any(String) });
    expect(effect.settle(report, { ...(outcome as { refused: string }), attempt: 1, givenUp: false })).toEqual({ dead: true });
  }
});

/** The height of each hour's bar, in pixels, above the ground line. */
async function barsIn(png: Buffer): Promise<number[]> {
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return report.hours.map((_, hour) => {
    const x = Math.floor(((hour + 0.5) * info.width) / 24);
    let rows = 0;
    for (let y = 0; y < info.height - 2; y++) if (data[(y * info.width + x) * info.channels] === 29) rows += 1;
    return rows;
  });
}
