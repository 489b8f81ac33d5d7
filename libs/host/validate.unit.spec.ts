import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Problem } from './problem.js';
import { email, line, lines } from './text.js';
import { idFrom, parseBody, parseQuery, pointerTo } from './validate.js';

const schema = z.strictObject({
  name: line(),
  items: z.array(z.strictObject({ sku: line(), quantity: z.int().min(1).max(1000) })).min(1),
  pay: z.union([z.strictObject({ card: z.strictObject({ number: z.string() }) }), z.strictObject({ sealed: z.string() })]).optional(),
});

const refusal = (work: () => unknown): Problem => {
  try {
    work();
  } catch (error) {
    return error as Problem;
  }
  throw new Error('It was not refused.');
};
const pointers = (body: unknown) =>
  refusal(() => parseBody(schema, body)).errors!.map((fault) => ('pointer' in fault ? fault.pointer : fault));

describe('parseBody', () => {
  it('gives back what fits', () => {
    const body = { name: 'Ada', items: [{ sku: 'A', quantity: 2 }], pay: { sealed: 'x' } };
    expect(parseBody(schema, body)).toEqual(body);
  });

  it.each<[string, unknown, string[]]>([
    ['the body itself', 'x', ['']],
    ['no body', undefined, ['']],
    ['a missing field where it should stand', { items: [{ sku: 'A', quantity: 1 }] }, ['/name']],
    ['an unknown field that may be a card', { name: 'A', items: [{ sku: 'A', quantity: 1, '4242424242424242': 1 }] }, ['/items/0']],
    ['an unknown field of endless length', { name: 'A', items: [{ sku: 'A', quantity: 1 }], ['x'.repeat(10_000)]: 1 }, ['']],
    ['an unknown field', { name: 'A', items: [{ sku: 'A', quantity: 1, 'a/b~c': 1 }] }, ['/items/0/a~1b~0c']],
    [
      'each wrong place',
      { name: '', items: [{ sku: 'A', quantity: 1.5 }, { sku: 'A' }] },
      ['/name', '/items/0/quantity', '/items/1/quantity'],
    ],
    ['no number out of text', { name: 'A', items: [{ sku: 'A', quantity: '2' }] }, ['/items/0/quantity']],
    ['no number out of true', { name: 'A', items: [{ sku: 'A', quantity: true }] }, ['/items/0/quantity']],
    ['a list that is none', { name: 'A', items: {} }, ['/items']],
    ['a union by its best branch', { name: 'A', items: [{ sku: 'A', quantity: 1 }], pay: { card: {} } }, ['/pay/card/number']],
  ])('points at %s', (_, body, expected) => {
    expect(pointers(body)).toEqual(expected);
  });

  it('is a 422 that says what is wrong without repeating the value', () => {
    const refused = refusal(() => parseBody(schema, { name: 'A', items: [{ sku: 7, quantity: 'hunter2' }] }));
    expect([refused.slug, refused.getStatus()]).toEqual(['invalid', 422]);
    expect(JSON.stringify(refused.errors)).not.toContain('hunter2');
    expect(refusal(() => parseBody(schema, { name: 'A' })).errors).toEqual([{ pointer: '/items', detail: 'This is missing.' }]);
  });

  it('names at most a hundred places', () => {
    const body = {
      name: 'A',
      items: [{ sku: 'A', quantity: 1 }],
      ...Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`x${i}`, 1])),
    };
    expect(pointers(body)).toHaveLength(100);
  });
});

describe('parseQuery', () => {
  it('names the parameter', () => {
    const refused = refusal(() => parseQuery(z.object({ limit: z.string().regex(/^\d+$/) }), { limit: 'x' }));
    expect(refused.errors).toEqual([{ parameter: 'limit', detail: expect.any(String) }]);
  });
});

describe('texts', () => {
  const ok = (text: z.ZodType, value: unknown) => text.safeParse(value).success;

  it('counts characters, not code units', () => {
    expect([ok(line(), ''), ok(line(), 'a'), ok(line(), 'a'.repeat(200)), ok(line(), 'a'.repeat(201))]).toEqual([false, true, true, false]);
    expect([ok(line(), '😀'.repeat(200)), ok(line(), '😀'.repeat(201)), ok(line(200, 2), '😀')]).toEqual([true, false, false]);
  });

  it.each(['a\u0000b', 'a\ud800b', 'a\nb', 'a\tb', 'a\u007fb', 'a\u0085b', 'a\u2028b'])('has no %j in one line', (text) => {
    expect(ok(line(), text)).toBe(false);
  });

  it('has lines where lines may be, but nothing that cannot be stored', () => {
    expect([ok(lines(500), 'a\nb\tc'), ok(lines(500), 'a\u0000b'), ok(lines(500), '\udc00')]).toEqual([true, false, false]);
  });

  it('takes one plain address', () => {
    const good = [
      'ada@example.com',
      'a.b+c@sub.example.co',
      `${'a'.repeat(64)}@example.com`,
      "!#$%&'*+/=?^_`{|}~-@example.com",
      'a@xn--bcher-kva.example',
    ];
    const bad = [
      'ada',
      'Ada <ada@example.com>',
      'a@b.co,c@d.co',
      'a@b.co\r\nBcc: x@y.zz',
      'a b@c.de',
      'a..b@c.de',
      '.a@c.de',
      'a.@c.de',
      'a@-c.de',
      'a@c',
      '"a b"@c.de',
      `${'a'.repeat(65)}@example.com`,
      `${'a'.repeat(250)}@example.com`,
      '',
    ];
    expect(good.filter((each) => !ok(email(), each))).toEqual([]);
    expect(bad.filter((each) => ok(email(), each))).toEqual([]);
  });
});

it('an id that is no UUID is not found', () => {
  expect(idFrom('0190A5B4-1C2D-7E3F-8A4B-5C6D7E8F9A0B')).toBe('0190a5b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b');
  expect(refusal(() => idFrom('42')).slug).toBe('not-found');
});

it('pointers are escaped as RFC 6901 says', () => {
  expect(pointerTo([])).toBe('');
  expect(pointerTo(['a/b', 0, 'm~n', ''])).toBe('/a~1b/0/m~0n/');
});
