import { describe, expect, test } from 'vitest';
import { accountMails } from './account-mails.js';

const facts = {
  accountId: '0190b2a4-7c1e-7d3a-9f00-3c5d8c2f10ab',
  customer: { name: 'Lovelace Studio', email: 'studio@example.com' },
  ordersPerMinute: 60,
  docsUrl: 'https://shop.example/docs',
};
const hostile = '<b>x</b>\r\nBcc: eve@example.com\u2028\u202egnp.exe';

describe.each(['welcome', 'refusal'] as const)('%s', (kind) => {
  const write = accountMails[kind];

  test('reads as agreed', async () => {
    const { to, subject, text } = write(facts);
    expect(to).toEqual({ name: 'Lovelace Studio', address: 'studio@example.com' });
    await expect(`Subject: ${subject}\n\n${text}`).toMatchFileSnapshot(`golden/account-${kind}.txt`);
  });

  test('a name adds no line and no mark-up', () => {
    const { text, html } = write({ ...facts, customer: { ...facts.customer, name: hostile } });
    expect(text.split('\n')).toHaveLength(write(facts).text.split('\n').length);
    expect(html).toContain('&lt;b&gt;x&lt;/b&gt; Bcc: eve@example.com gnp.exe');
    for (const body of [text, html]) expect(body).not.toMatch(/\{\{|undefined|[\r\u2028\u202e]/);
  });
});
