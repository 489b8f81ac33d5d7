import { order, eventSchemas, orderView, readOrderEvent } from '#libs/order';
import { photo, photoEventSchemas, readPhotoEvent } from '#libs/photo';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, test } from 'vitest';

/** Events as they were written when their shape was new, by type and version: none of these files is ever changed, or removed. */
const goldenOf = (lib: string): { file: string; type: string; data: unknown }[] => {
  const folder = path.join(import.meta.dirname, '../libs', lib, 'golden');
  return readdirSync(folder).map((file) => ({ file, ...JSON.parse(readFileSync(path.join(folder, file), 'utf8')) }));
};
const at = '2026-11-24T12:00:00.000Z';

describe('every order event ever shipped', () => {
  it.each(goldenOf('order'))('$file is read as today’s shape, decided on and shown', ({ type, data }) => {
    const event = readOrderEvent(type, data)!;
    expect(eventSchemas[event.type].strict().parse(event.data)).toEqual(event.data);
    const placed = readOrderEvent('OrderPlaced', goldenOf('order').find(({ file }) => file === 'OrderPlaced.1.json')!.data)!;
    const stream = event.type === 'OrderPlaced' ? [event] : [placed, event];
    expect(stream.reduce((view, one) => orderView.evolve(view, one, at), orderView.initial).version).toBe(stream.length);
    expect(() => stream.reduce((state, one) => order.evolve(state, one, at), order.initial)).not.toThrow();
  });

  test('no type is without a golden file', () => {
    expect(new Set(goldenOf('order').map(({ type }) => type))).toEqual(new Set(Object.keys(eventSchemas)));
  });
});

describe('every photo event ever shipped', () => {
  it.each(goldenOf('photo'))('$file is read as today’s shape', ({ type, data }) => {
    const event = readPhotoEvent(type, data)!;
    expect(photoEventSchemas[event.type].strict().parse(event.data)).toEqual(event.data);
    expect(() => photo.evolve(photo.initial, event, at)).not.toThrow();
  });

  test('no type is without a golden file', () => {
    expect(new Set(goldenOf('photo').map(({ type }) => type))).toEqual(new Set(Object.keys(photoEventSchemas)));
  });
});
