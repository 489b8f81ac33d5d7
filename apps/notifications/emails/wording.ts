import type { Address, Money } from './facts.js';

/** `€19.99`. The currency says how many minor units make a unit. */
export function money({ amount, currency }: Money): string {
  const format = formats.get(currency) ?? new Intl.NumberFormat('en', { style: 'currency', currency });
  formats.set(currency, format);
  return format.format(amount / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}

/** Kept, because making one takes longer than the rest of a mail. As many as there are currencies in the catalogue. */
const formats = new Map<string, Intl.NumberFormat>();

/**
 * On one line, with nothing in it that moves the cursor or turns the direction of writing: a name that brings its own line breaks
 * could write a paragraph of ours, or a header.
 */
export function oneLine(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g, '')
    .trim();
}

/** The lines of a parcel's label. */
export function label(to: Address): string[] {
  const town = [to.postcode, to.city].join(' ');
  return [to.name, to.line1, to.line2 ?? '', town, to.region ?? '', country(to.country)].map(oneLine).filter((line) => line !== '');
}

const regions = new Intl.DisplayNames(['en'], { type: 'region' });

/** `of` throws at what can't be a code, and no mail should fail for that. */
const country = (code: string) => (/^[A-Z]{2}$/.test(code) ? (regions.of(code) ?? code) : code);

/** Why an order ended without a parcel, and what that means for the customer's money. */
export function ending(code: string | undefined): { why: string; money: string } {
  switch (code) {
    case 'customer-request':
      return { why: 'your order has been cancelled as you asked.', money: givenBack };
    case 'out-of-stock':
      return { why: 'we are sorry: we have run out of something you ordered.', money: 'Your card has not been charged.' };
    case 'photo-rejected':
      return { why: 'we are sorry: one of your photos could not be printed.', money: 'Your card has not been charged.' };
    case 'payment-declined':
      return { why: 'your bank declined the payment.', money: 'Your card has not been charged.' };
    case 'capture-failed':
      return { why: 'the payment could not be collected.', money: 'What was set aside on your card is released.' };
    case 'undeliverable':
      return { why: 'we are sorry: the carrier could not accept your parcel.', money: 'You get all of your money back.' };
    case 'step-timeout':
      return { why: 'we are sorry: it took us too long to get your order ready.', money: givenBack };
    default:
      return { why: 'we are sorry: your order could not be completed.', money: givenBack };
  }
}

const givenBack = 'Whatever was set aside on your card or taken from it is given back.';
