import { letter } from './letter.js';
import html from './order-cancelled.html.js';
import { view } from './view.js';

/** When the order ended without a parcel, whoever wanted that. */
export const orderCancelled = letter(view, {
  subject: 'Your order has been cancelled ({{number}})',
  html,
  text: `
Your order has been cancelled
=============================

Hello {{name}}, {{why}} {{money}}

{{#if detail}}
In detail: {{detail}}

{{/if}}
{{> lines}}
{{> bottom}}`,
});
