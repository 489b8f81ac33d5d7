import { letter } from './letter.js';
import html from './order-confirmation.html.js';
import { view } from './view.js';

/** When the payment is authorised. */
export const orderConfirmation = letter(view, {
  subject: 'Your order is confirmed ({{number}})',
  html,
  text: `
Your order is confirmed
=======================

Thank you, {{name}}. We have set {{total}} aside on your card, and take it when your parcel is ready to go. Next we print.

{{> lines}}
{{> shipTo}}
{{> bottom}}`,
});
