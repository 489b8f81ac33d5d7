import { z } from 'zod';

/** Characters as people count them, near enough: code points, so that an emoji is one and not two. */
const characters = (text: string): number => {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
};

const limited =
  (min: number, max: number) =>
  // The first comparison spares counting: there are never more code points than code units, nor less than half.
  (text: string) =>
    (text.length <= max && text.length >= min * 2) || (characters(text) <= max && characters(text) >= min);

const text = (min: number, max: number, forbidden: RegExp, what: string) =>
  z
    .string()
    .refine(limited(min, max), { error: `This must be ${min} to ${max} characters.`, abort: true })
    .refine((value) => !forbidden.test(value), `This must not hold ${what}.`)
    // For openapi.json, which sees no refinement.
    .meta({ minLength: min, maxLength: max, description: `Without ${what}.` });

/** One line: no control character, no line or paragraph separator, no lone surrogate (which no UTF-8 and no database can hold). */
export const line = (max = 200, min = 1) => text(min, max, /[\p{Cc}\p{Cs}\u2028\u2029]/u, 'control characters or broken ones');

/** Text that may have several lines. PostgreSQL cannot store U+0000. */
export const lines = (max: number, min = 1) => text(min, max, /[\0\p{Cs}]/u, 'U+0000 or broken characters');

/** One plain address, without a name, a comment or a second one. */
export const email = () =>
  z.email({ pattern: plainAddress, error: 'This must be one plain e-mail address.' }).max(254, 'This must be at most 254 characters.');

/** RFC 5321 without quotes: every character that a local part may have, dots between them alone; a domain with a dot in it. */
const plainAddress =
  /^(?=.{1,64}@)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]([A-Za-z0-9-]*[A-Za-z0-9])$/;
