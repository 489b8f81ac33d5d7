import { simpleParser } from 'mailparser';
import MailComposer from 'nodemailer/lib/mail-composer';
import { describe, expect, test } from 'vitest';
import { mailKinds } from '#libs/order';
import { compose } from './compose.js';
import type { OrderFacts } from './facts.js';
import { sample } from './sample.js';

const hostile = '<script>alert("x")</script>\r\nBcc: eve@example.com\u2028\u202egnp.exe';

describe.each(mailKinds)('%s', (kind) => {
  test('reads as agreed', async () => {
    const { subject, text } = compose(kind, sample);
    await expect(`Subject: ${subject}\n\n${text}`).toMatchFileSnapshot(`golden/${kind}.txt`);
  });

  test('says the same in HTML, as text and nothing else', () => {
    const names = { ...sample, customer: { ...sample.customer, name: hostile }, reason: { code: 'undeliverable', detail: hostile } };
    const mail = compose(kind, { ...names, lines: sample.lines.map((line) => ({ ...line, name: hostile })) });
    expect(mail.html).not.toMatch(/<script/i);
    expect(mail.html).toContain('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; Bcc: eve@example.com gnp.exe');
    expect(mail.html).not.toMatch(/\{\{|undefined|\[object/);
  });

  test('a name can add no line to the text, no header to the mail and no receiver', async () => {
    const calm = compose(kind, sample);
    const mail = compose(kind, { ...sample, customer: { name: hostile, email: 'ada@example.com' } });
    expect(mail.text.split('\n')).toHaveLength(calm.text.split('\n').length);
    expect(mail.text).not.toMatch(/[\r\u2028\u202e]/);

    const parsed = await simpleParser(await new MailComposer({ ...mail, attachments: [...mail.attachments] }).compile().build());
    expect(parsed.headers.has('bcc')).toBe(false);
    expect(
      [parsed.to]
        .flat()
        .flatMap((to) => to?.value ?? [])
        .map((to) => to.address),
    ).toEqual(['ada@example.com']);
  });

  test('needs neither address, tracking number, reason nor photo', () => {
    const { shipTo: _1, tracking: _2, reason: _3, ...bare } = sample;
    const mail = compose(kind, bare);
    expect(mail.attachments).toEqual([]);
    for (const body of [mail.text, mail.html]) expect(body).not.toMatch(/undefined|null|It goes to|Tracking number|In detail|<img/);
  });

  test('a hostile order id makes no subject of two lines', () => {
    expect(compose(kind, { ...sample, orderId: 'x\r\nBcc: e' }).subject).not.toMatch(/[\r\n]/);
  });
});

test('the photo is inline, and once where it stands on two lines', () => {
  const [ada, eve] = [
    { thumb: Buffer.from('ada'), contentType: 'image/jpeg' },
    { thumb: Buffer.from('eve'), contentType: 'image/png' },
  ];
  const [line] = sample.lines;
  const { html, attachments } = compose('order-shipped', {
    ...sample,
    lines: [ada, eve, ada, undefined].map((photo) => ({ ...line!, photo })),
  });
  expect(attachments.map(({ filename, content }) => [filename, content.toString()])).toEqual([
    ['photo-1.jpeg', 'ada'],
    ['photo-2.png', 'eve'],
  ]);
  expect([...html.matchAll(/src="cid:([^"]+)"/g)].map(([, cid]) => cid)).toEqual([0, 1, 0].map((n) => attachments[n]!.cid));
});

test('money is said in the units of its currency', () => {
  const total = (amount: number, currency: string): OrderFacts => ({ ...sample, total: { amount, currency } });
  expect(compose('order-shipped', total(5, 'EUR')).text).toContain('€0.05');
  expect(compose('order-shipped', total(123_456_789, 'EUR')).text).toContain('€1,234,567.89');
  expect(compose('order-shipped', total(1999, 'JPY')).text).toContain('¥1,999');
});

test.each([
  ['out-of-stock', 'has not been charged'],
  ['photo-rejected', 'has not been charged'],
  ['payment-declined', 'has not been charged'],
  ['capture-failed', 'is released'],
  ['undeliverable', 'all of your money back'],
  ['step-timeout', 'is given back'],
  ['customer-request', 'is given back'],
  ['a-reason-of-tomorrow', 'is given back'],
])('cancelled for %s, the money %s', (code, said) => {
  expect(compose('order-cancelled', { ...sample, reason: { code } }).text).toContain(said);
});
