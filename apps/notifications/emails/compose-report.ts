import type { DayReport } from '#libs/report';
import Handlebars from 'handlebars';
import { chartOf } from './chart.js';
import html from './daily-report.html.js';
import type { Mail } from './mail.js';
import { money, oneLine } from './wording.js';

/** So many products are told of; the rest stand in the job's result. */
const mostProducts = 20;

const plain = Handlebars.compile(
  `
The shop on {{day}}
======================

{{#each figures}}
{{name}}: {{value}}
{{/each}}

Orders placed in each hour, 0 to 23 UTC: {{alt}}

Sold:
{{#each products}}
- {{name}}
  {{quantity}} for {{amount}}
{{else}}
  nothing
{{/each}}

--
Counted from the orders' own histories, by UTC. It was sent by a machine; nobody reads answers to it.
`.trimStart(),
  { noEscape: true, strict: true },
);
const page = Handlebars.compile(html, { strict: true });

/** The mail of a day: the same figures as text and as HTML, and the hours as a picture. Nothing personal is in it. */
export async function composeReport(report: DayReport, shopEmail: string): Promise<Mail> {
  const { day, currency, placed, completed, cancelled, failed, hours } = report;
  const sum = ({ orders, amount }: DayReport['placed']): string => `${orders} (${money({ amount, currency })})`;
  const subject = `The shop on ${day}: ${completed.orders} orders completed, ${money({ amount: completed.amount, currency })}`;
  const cid = `hours.${day}@backroom`;
  const seen = {
    subject,
    day,
    cid,
    figures: [
      { name: 'Placed', value: sum(placed) },
      { name: 'Completed', value: sum(completed) },
      { name: 'Cancelled', value: String(cancelled) },
      ...Object.entries(failed).map(([code, orders]) => ({ name: `Failed, ${oneLine(code)}`, value: String(orders) })),
    ],
    highest: Math.max(...hours),
    alt: hours.join(' '),
    products: report.products
      .slice(0, mostProducts)
      .map(({ name, quantity, amount }) => ({ name: oneLine(name), quantity, amount: money({ amount, currency }) })),
  };
  return {
    to: { name: 'Backroom', address: shopEmail },
    subject,
    text: plain(seen),
    html: page(seen),
    attachments: [{ cid, filename: `orders-${day}.png`, contentType: 'image/png', content: await chartOf(hours) }],
  };
}
