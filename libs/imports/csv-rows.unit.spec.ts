import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CsvRows, longestRow, type Row } from './csv-rows.js';

function rowsOf(text: string | Uint8Array, size = 7): Row[] {
  const bytes = Buffer.from(text);
  const rows = new CsvRows();
  const read: Row[] = [];
  for (let from = 0; from < bytes.length; from += size) read.push(...rows.push(bytes.subarray(from, from + size)));
  return [...read, ...rows.end()];
}

const told = (text: string | Uint8Array): [number, string][] =>
  rowsOf(text).map(({ line, fields, fault }) => [line, fault ?? fields.join('|')]);

describe('rows of CSV', () => {
  it('are read back as they were written, whatever stands in them and however they arrive', () => {
    const field = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom('"', ',', '\r', '\n', 'ä', '😀', 'x') }));
    const eol = fc.constantFrom('\n', '\r\n');
    const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
    fc.assert(
      fc.property(
        fc.array(fc.array(field, { minLength: 1 }), { minLength: 1 }),
        eol,
        fc.integer({ min: 1, max: 50 }),
        (rows, end, size) => {
          const text = rows.map((fields) => fields.map(quoted).join(',') + end).join('');
          let line = 1;
          const expected = rows.map((fields) => {
            const row = { line, fields };
            line += (fields.join('').match(/\n/g)?.length ?? 0) + 1;
            return row;
          });
          expect(rowsOf(text, size)).toEqual(expected);
        },
      ),
    );
  });

  it('begin on the physical line that is said', () => {
    expect(told('a,b\r\n"1\n1\n1",x\r\n\r\n2,y\n3,z')).toEqual([
      [1, 'a|b'],
      [2, '1\n1\n1|x'],
      [6, '2|y'],
      [7, '3|z'],
    ]);
  });

  it('may be empty, but not blank', () => {
    expect(told('\n\r\n""\n,\n')).toEqual([
      [3, ''],
      [4, '|'],
    ]);
    expect(told('')).toEqual([]);
    expect(told('\r\n')).toEqual([]);
  });

  it('keep a CR within, and lose the one that ends the line', () => {
    expect(rowsOf('a\rb,c\r\n"d\r",e\r')).toEqual([
      { line: 1, fields: ['a\rb', 'c'] },
      { line: 2, fields: ['d\r', 'e'] },
    ]);
  });

  const within = 'A quote stands within a field that does not begin with one.';
  const behind = 'Something stands between a closing quote and the end of its field.';
  it.each([
    ['a quote in a field without', '1,q"r"s,x\n2,y\n', [1, within], [2, '2|y']],
    ['text behind a closing quote', '1,"q"r,x\n2,y\n', [1, behind], [2, '2|y']],
    ['a CR behind a closing quote', '1,"q"\rx\n2,y\n', [1, behind], [2, '2|y']],
    [
      'a quote that is never closed',
      '1,x\n2,"y\n3,z\n',
      [1, '1|x'],
      [2, 'A quoted field is not closed: all that follows was taken for a part of it.'],
    ],
  ])('%s costs its own row', (_, text, ...rows) => {
    expect(told(text)).toEqual(rows);
  });

  it('tell what stood before the place where they broke', () => {
    expect(rowsOf('ref,"q"r,x\n')).toEqual([{ line: 1, fields: ['ref'], fault: behind }]);
  });

  it('that are no UTF-8 cost themselves', () => {
    expect(told(Buffer.concat([Buffer.from('1,x\n2,'), Buffer.from([0xc3, 0x28]), Buffer.from('\n3,z\n')]))).toEqual([
      [1, '1|x'],
      [2, 'This row is no UTF-8.'],
      [3, '3|z'],
    ]);
  });

  it('may have 64 KiB, and not a byte more', () => {
    const long = 'x'.repeat(longestRow - 1);
    expect(rowsOf(`1,${long}\n2,y\n`, 4_096)).toMatchObject([{ fields: ['1', long] }, { fields: ['2', 'y'] }]);
    expect(rowsOf(`1,${long}x\n2,"${long}\n${long}",\n3,z\n`, 4_096)).toEqual([
      { line: 1, fields: ['1'], fault: 'This row has more than 64 KiB.' },
      { line: 2, fields: ['2'], fault: 'This row has more than 64 KiB.' },
      { line: 4, fields: ['3', 'z'] },
    ]);
  });
});
