import { luhn } from './card.js';

/** Digits as they are printed on a card, in groups or in one. */
const digits = /(?<!\d)\d(?:[ -]?\d){11,18}(?!\d)/g;

/** What networks give out: 15 or 16 digits that begin with 3 to 6, or 2221 to 2720. An order's number or a date begins otherwise, nearly always. */
const networks = /^(3[47]\d{13}|[456]\d{15}|35\d{14}|2(22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12})$/;

/** Whether a card's number stands in a text where none belongs, as in a file whose columns are out of step. */
export const looksLikeCard = (text: string): boolean =>
  (text.match(digits) ?? []).some((found) => {
    const number = found.replace(/[ -]/g, '');
    return networks.test(number) && luhn(number);
  });
