import { Access } from '#libs/access';
import { algorithm } from '#libs/card';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { sealImport, type ImportType, type SealingParts } from './seal-import.js';
import type { SealedEntry, SealedOrder } from './sealed-entry.js';

let parts: SealingParts;
beforeAll(async () => {
  const { publicKey } = await generateKeyPair(algorithm.alg, { extractable: true });
  const key = { ...((await exportJWK(publicKey)) as JWK), kid: 'k' };
  parts = {
    access: new Access('key', 'operator'),
    keys: { newest: async () => key, judge: async (sealed) => sealed },
    callbacks: { loopback: false },
  };
});

const header = 'reference,email,name,line1,city,postcode,country,sku,quantity,card_number,card_expiry,card_cvc';
const canary = '5105105105105100';
const row = (reference: string, more: Record<string, string> = {}): string => {
  const usual = [reference, 'ada@example.com', 'Ada', '1 Main St', 'Vienna', '1010', 'AT', 'MUG', '2', canary, '12/39', '123'];
  return header
    .split(',')
    .map((column, n) => more[column] ?? usual[n])
    .join(',');
};
const csv = (...rows: string[]): string => [header, ...rows, ''].join('\r\n');

async function text(file: string | Uint8Array, type: ImportType = 'csv', size = 1_000): Promise<string> {
  const bytes = Buffer.from(file);
  async function* arriving() {
    for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
  }
  let sealed = '';
  for await (const piece of sealImport(type, arriving(), parts)) sealed += piece;
  return sealed;
}
const entries = async (file: string | Uint8Array, type?: ImportType): Promise<SealedEntry[]> =>
  (await text(file, type))
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as SealedEntry);
const faultsOf = (given: readonly SealedEntry[]) =>
  given.flatMap((entry) => ('faults' in entry ? entry.faults.map(({ line, reason }) => [line, entry.reference, reason]) : []));
const references = (given: readonly SealedEntry[]) =>
  given.filter((entry): entry is SealedOrder => 'sealed' in entry).map((entry) => entry.reference);

describe('an import of CSV', () => {
  it('is an order for the rows of a reference that stand together', async () => {
    const [one, other, again] = (await entries(
      csv(row('a'), row('a', { sku: 'CALENDAR-A4', quantity: '1' }), row('b'), row('a')),
    )) as SealedOrder[];
    expect(one).toMatchObject({
      rows: 2,
      reference: 'a',
      lines: [
        { sku: 'MUG', quantity: 2 },
        { sku: 'CALENDAR-A4', quantity: 1 },
      ],
      rowOf: [2, 3],
      priority: 'standard',
      personal: {
        customer: { email: 'ada@example.com', name: 'Ada' },
        shipTo: { name: 'Ada', line1: '1 Main St', city: 'Vienna', postcode: '1010', country: 'AT' },
      },
    });
    expect(other).toMatchObject({ rows: 1, reference: 'b', rowOf: [4] });
    expect(again).toMatchObject({ rows: 1, reference: 'a', rowOf: [5] });
  });

  it('has its columns in any order, a byte order mark and either end of line', async () => {
    const turned = (line: string): string => line.split(',').reverse().join(',');
    const [usual] = (await entries(csv(row('a')))) as SealedOrder[];
    const [other] = (await entries(`\ufeff${turned(header)}\n${turned(row('a'))}`)) as SealedOrder[];
    expect(other).toEqual({ ...usual, sealed: expect.any(String) });
  });

  it('loses the order of a bad row, and no other', async () => {
    const given = await entries(csv(row('a'), row('b'), row('b', { quantity: '1.5' }), row('c', { sku: '', email: 'x' }), row('d')));
    expect(references(given)).toEqual(['a', 'd']);
    expect(faultsOf(given)).toEqual([
      [4, 'b', expect.stringMatching(/^quantity: /)],
      [5, 'c', expect.stringMatching(/email: .*sku: /)],
    ]);
    expect(given.map(({ rows }) => rows)).toEqual([1, 2, 1, 1]);
  });

  it.each(['"2"x', ' 2', '02', '+2', '2e0', '1001', '0', '-1', '', '1.0'])('takes no quantity of %j', async (quantity) => {
    expect(faultsOf(await entries(csv(row('a', { quantity }))))).toEqual([[2, 'a', expect.any(String)]]);
  });

  it.each([
    ['more fields', `${row('b')},x`, 'It has 13 fields, and the header 12.'],
    ['another address', `${row('b')}\r\n${row('b', { city: 'Graz' })}`, 'city: This differs from the order’s first row.'],
    ['a broken quote', 'b,"x"y', 'Something stands between a closing quote and the end of its field.'],
    ['a NUL', row('b', { name: 'A\0a' }), 'name: This must not hold control characters or broken ones.'],
    ['two lines in a field', row('b', { name: '"A\nda"' }), 'name: This must not hold control characters or broken ones.'],
    ['a line of a megabyte', row('b', { name: 'x'.repeat(1024 * 1024) }), 'This row has more than 64 KiB.'],
    ['101 lines', Array(101).fill(row('b')).join('\r\n'), 'An order has 100 lines at most.'],
    ['a card that has run out', row('b', { card_expiry: '01/20' }), 'card_expiry: is past'],
  ])('says of %s what is wrong', async (_, bad, reason) => {
    const given = await entries(csv(row('a'), bad, row('c')));
    expect(references(given)).toEqual(['a', 'c']);
    expect(faultsOf(given)).toEqual([[expect.any(Number), 'b', reason]]);
  });

  it('goes on behind what is no UTF-8', async () => {
    const bad = Buffer.concat([Buffer.from(`${csv(row('a'))}b,`), Buffer.from([0xff]), Buffer.from(`\r\n${row('c')}`)]);
    const given = await entries(bad);
    expect(references(given)).toEqual(['a', 'c']);
    expect(faultsOf(given)).toEqual([[3, 'b', 'This row is no UTF-8.']]);
  });

  it('may be a header and nothing else', async () => {
    expect(await entries(header)).toEqual([]);
  });

  it.each([
    ['nothing', ''],
    ['a blank line', '\r\n'],
    ['rows without a header', row('a')],
    ['a column missing', header.replace('sku,', '')],
    ['a column twice', `${header},sku`],
    ['a column that is not known', `${header},x`],
  ])('is refused with %s where its header should be, and no row is repeated', async (_, file) => {
    const refused = await text(file).catch((error: unknown) => error);
    expect(refused).toMatchObject({ slug: 'invalid', errors: [{ pointer: '' }] });
    expect(JSON.stringify(refused)).not.toContain(canary);
  });

  it('is refused if its header is no UTF-8', async () => {
    await expect(text(Buffer.from(header, 'utf16le'))).rejects.toMatchObject({ slug: 'invalid' });
    await expect(text(Buffer.from([0xff, 0xfe]))).rejects.toMatchObject({ slug: 'malformed' });
  });

  it('tells of its first 1,000 bad rows, and counts the rest', async () => {
    const given = await entries(csv(...Array.from({ length: 1_500 }, (_, n) => row(`bad-${n}`, { quantity: '0' })), row('good')));
    expect(faultsOf(given)).toHaveLength(1_000);
    expect(given).toHaveLength(1_001);
    expect(given.at(-1)).toMatchObject({ reference: 'good', rows: 501 });
  });
});

describe('an import of NDJSON', () => {
  const order = {
    customer: { email: 'ada@example.com', name: 'Ada' },
    shipTo: { name: 'Ada', line1: '1 Main St', city: 'Vienna', postcode: '1010', country: 'AT' },
    lines: [{ sku: 'MUG', quantity: 2 }],
    payment: { card: { number: canary, expiry: '12/39', cvc: '123' } },
  };
  const json = (reference: unknown, more: object = {}) => JSON.stringify({ reference, ...order, ...more });

  it('is an order a line, the same as in CSV', async () => {
    const [ofCsv] = (await entries(csv(row('a')))) as SealedOrder[];
    const [ofJson] = (await entries(json('a'), 'ndjson')) as SealedOrder[];
    expect(ofJson).toEqual({ ...ofCsv, rowOf: [1], sealed: expect.any(String) });
  });

  it.each([
    ['no JSON', '{', null, 'This line is no JSON.'],
    ['no object', '[1]', null, 'This line is no JSON object.'],
    ['__proto__', '{"reference":"b","__proto__":{}}', null, 'This line has `__proto__` or `constructor` as a key.'],
    ['no reference', json(undefined), null, 'reference: This is missing.'],
    ['a reference that is none', json(7), null, 'reference: This is missing.'],
    ['a field that is not known', json('b', { x: 1 }), 'b', '/x: This field is not known.'],
    ['more than a megabyte', json('b', { x: 'x'.repeat(1024 * 1024) }), null, 'This line has more than 1 MiB.'],
    ['a callbackUrl within', json('b', { callbackUrl: 'https://10.0.0.1/' }), 'b', expect.stringMatching(/^\/callbackUrl: /)],
    ['101 lines', json('b', { lines: Array(101).fill(order.lines[0]) }), 'b', expect.stringMatching(/^\/lines: /)],
  ])('says of %s what is wrong, and goes on', async (_, bad, reference, reason) => {
    const given = await entries(['', json('a'), bad, json('c')].join('\n'), 'ndjson');
    expect(references(given)).toEqual(['a', 'c']);
    expect(faultsOf(given)).toEqual([[3, reference, reason]]);
  });

  it('knows an order again by all that makes it one, but not by what may not be kept', async () => {
    const contents = async (...lines: string[]) =>
      new Set(((await entries(lines.join('\n'), 'ndjson')) as SealedOrder[]).map(({ content }) => content));
    const cvc = json('a', { payment: { card: { ...order.payment.card, cvc: '999' } } });
    expect(await contents(json('a'), json('b'), cvc)).toHaveProperty('size', 1);
    const other = { lines: [{ sku: 'MUG', quantity: 3 }] };
    const card = { payment: { card: { ...order.payment.card, number: '4242424242424242' } } };
    expect(await contents(json('a'), json('a', other), json('a', card))).toHaveProperty('size', 3);
  });

  it('may be empty', async () => {
    expect(await entries('', 'ndjson')).toEqual([]);
  });
});

describe('a card in an import', () => {
  const grouped = canary.replace(/(\d{4})(?=\d)/g, '$1 ');
  it.each([
    ['its column', row('a')],
    ['the reference', row(canary)],
    ['the reference, in groups', row(grouped)],
    ['the name', row('a', { name: grouped })],
    ['the quantity', row('a', { quantity: canary })],
    ['the e-mail address', row('a', { email: `${canary}@example.com` })],
    ['a column too many', `${row('a')},${canary}`],
    ['a broken row', `a,"${canary}"x`],
    ['the expiry', row('a', { card_expiry: canary })],
    ['the product', row('a', { sku: canary })],
  ])('is written down nowhere, though it stands in %s', async (_, given) => {
    const sealed = await text(csv(given, row('b')));
    expect(sealed).not.toContain(canary);
    expect(sealed).not.toContain(grouped);
    expect(sealed).not.toContain(Buffer.from(canary).toString('base64url').slice(0, 18));
    expect(sealed).toContain('"reference":"b"');
  });

  it('is not seen in what an ordinary reference is', async () => {
    const ordinary = ['2026-11-24-0001', '1764000000000-1', '1764000000000000', '0190a0a0-0000-7000-8000-000000000001', '42424242424242'];
    expect(references(await entries(csv(...ordinary.map((reference) => row(reference)))))).toEqual(ordinary);
  });
});
