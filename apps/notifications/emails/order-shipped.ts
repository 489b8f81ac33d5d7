import { letter } from './letter.js';
import html from './order-shipped.html.js';
import { view } from './view.js';

/** When the carrier has the parcel. */
export const orderShipped = letter(view, {
  subject: 'Your order is on its way ({{number}})',
  html,
  text: `
Your order is on its way
========================

Hello {{name}}, your parcel has been handed to the carrier, and {{total}} has been taken from your card.

{{#if tracking}}
Tracking number: {{tracking}}

{{/if}}
{{> lines}}
{{> shipTo}}
{{> bottom}}`,
});
