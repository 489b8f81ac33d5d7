// Import files for tests.
const header = [
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
export type CsvRow = Partial<Record<(typeof header)[number], string>>;

const usual: Required<CsvRow> = {
  reference: 'r',
  email: 'ada@example.com',
  name: 'Ada',
  line1: '1 Main St',
  city: 'Vienna',
  postcode: '1010',
  country: 'AT',
  sku: 'MUG',
  quantity: '2',
  card_number: '4242424242424242',
  card_expiry: '12/39',
  card_cvc: '123',
};

/** Right in everything that is not given otherwise. */
export const csvFile = (...rows: CsvRow[]): string =>
  [header.join(','), ...rows.map((row) => header.map((column) => row[column] ?? usual[column]).join(',')), ''].join('\r\n');

/** So many orders of a line each. */
export const csvOfOrders = (count: number, prefix = 'r-'): string =>
  csvFile(...Array.from({ length: count }, (_, n) => ({ reference: `${prefix}${n}` })));
