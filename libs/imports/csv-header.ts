import { invalidAt, problem } from '#libs/host';
import type { Row } from './csv-rows.js';

export const columns = [
  'reference',
  'email',
  'name',
  'line1',
  'city',
  'postcode',
  'country',
  'sku',
  'quantity',
  'card_number',
  'card_expiry',
  'card_cvc',
] as const;
export type Column = (typeof columns)[number];

/**
 * The columns in their order. What stands there instead of them is not repeated: without a header it is an order, card included.
 * @throws {Problem} `malformed` where it is no text; `invalid` where a column is missing, stands there twice or is not known
 */
export function readHeader({ fields, fault }: Row): readonly Column[] {
  if (fault !== undefined) throw problem('malformed', { detail: `The header cannot be read: ${fault}` });
  const missing = columns.filter((column) => !fields.includes(column));
  if (missing.length > 0) throw noHeader(`These columns are missing in the first row: ${missing.join(', ')}.`);
  if (fields.length > columns.length)
    throw noHeader(`The header has more than these columns, or one of them twice: ${columns.join(', ')}.`);
  return fields as Column[];
}

export const noHeader = (detail: string) => invalidAt([], detail);
