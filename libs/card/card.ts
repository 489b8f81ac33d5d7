import { z } from 'zod';

/** A card as people type it: 12–19 digits with a right check digit, a month that is not over, 3 or 4 digits on the back. */
export const card = z.strictObject({
  number: z
    .string()
    .regex(/^\d{12,19}$/, 'must be 12 to 19 digits')
    .refine(luhn, 'is no card number'),
  expiry: z
    .string()
    .regex(/^(0[1-9]|1[0-2])\/\d{2}$/, 'must be MM/YY')
    .refine(notPast, 'is past'),
  cvc: z.string().regex(/^\d{3,4}$/, 'must be 3 or 4 digits'),
});
export type Card = z.infer<typeof card>;

/** What a client seals by itself: the card, an id that is used once, and until when (seconds since 1970). */
export const sealedCard = z.strictObject({ card, jti: z.uuid(), exp: z.int() });

/** Whether the last digit fits the others. */
export function luhn(number: string): boolean {
  let sum = 0;
  for (let n = 0; n < number.length; n++) {
    const digit = Number(number[number.length - 1 - n]);
    sum += n % 2 === 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2;
  }
  return sum % 10 === 0;
}

/** A card is good until the end of its month. */
function notPast(expiry: string): boolean {
  const [month, year] = expiry.split('/').map(Number);
  return Date.UTC(2000 + year!, month!, 1) > Date.now();
}
