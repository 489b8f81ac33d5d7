import type { AccountMail } from '#libs/account';
import refusal from './account-refusal.html.js';
import welcome from './account-welcome.html.js';
import type { AccountFacts } from './account-facts.js';
import { letter } from './letter.js';
import type { Mail } from './mail.js';
import { oneLine } from './wording.js';

const view = ({ accountId, customer, ordersPerMinute, docsUrl }: AccountFacts) => ({
  accountId: oneLine(accountId),
  name: oneLine(customer.name),
  ordersPerMinute,
  docsUrl,
  pictures: [],
});

const bottom = `
--
Account {{accountId}}
You get this mail because an account was opened with this address. It was sent by a machine; nobody reads answers to it.
`;

/** There is no key in it: a mail lies open on its way. */
export const accountMails: Record<AccountMail, (facts: AccountFacts) => Mail> = {
  welcome: letter(view, {
    subject: 'Your account is open',
    html: welcome,
    text: `
Your account is open
====================

Welcome, {{name}}. You can order prints for your customers by API, with up to {{ordersPerMinute}} requests a minute. The shop gives you your key; it is in no mail.

How orders are placed: {{docsUrl}}
${bottom}`,
  }),
  refusal: letter(view, {
    subject: 'Your account could not be opened',
    html: refusal,
    text: `
Your account could not be opened
================================

We are sorry, {{name}}: the bank does not take payments for you, so there is no account.
${bottom}`,
  }),
};
