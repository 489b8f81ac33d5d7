import { expect, it } from 'vitest';
import { reader, shapeToday, type Upcasts } from './upcast.js';

/** A name once, then its parts, then the parts with a title. */
const upcasts: Upcasts = {
  Named: [({ name }) => ({ first: name.split(' ')[0], last: name.split(' ')[1] }), (data) => ({ ...data, title: null })],
};
const read = reader<{ type: string; data: unknown }>({ Named: {}, Left: {} }, upcasts);
const ada = { first: 'Ada', last: 'Lovelace' };

it.each([
  ['the first shape, of which nothing is said', {}, { name: 'Ada Lovelace' }],
  ['the first shape, said', { shape: 1 }, { name: 'Ada Lovelace' }],
  ['a later one', { shape: 2 }, ada],
  ['that of today', { shape: 3 }, { ...ada, title: null }],
])('%s is read as that of today', (_, meta, data) => {
  expect(read({ type: 'Named', data, meta })).toEqual({ type: 'Named', data: { ...ada, title: null } });
});

it('a type that never changed is read as it stands', () => {
  expect(read({ type: 'Left', data: { at: 'noon' }, meta: { shape: null } })).toEqual({ type: 'Left', data: { at: 'noon' } });
});

it.each([
  ['a type', { type: 'Toasted', meta: {} }],
  ['a shape', { type: 'Named', meta: { shape: 4 } }],
  ['a shape of what never changed', { type: 'Left', meta: { shape: 2 } }],
  ['a name that every object has', { type: 'constructor', meta: {} }],
])('%s of a later build is not read', (_, fact) => {
  expect(read({ ...fact, data: {} })).toBeUndefined();
});

it('is written as the last step leaves it; nothing is said of what never changed', () => {
  expect(shapeToday(upcasts, 'Named')).toBe(3);
  expect(shapeToday(upcasts, 'Left')).toBeUndefined();
});
