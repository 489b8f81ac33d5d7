import { account, accountEventSchemas, accountUpcasts, readAccountEvent } from '#libs/account';
import { shapeToday, type Stored } from '#libs/decider';
import { order, orderUpcasts, eventSchemas, orderView, readOrderEvent } from '#libs/order';
import { photo, photoEventSchemas, photoUpcasts, readPhotoEvent } from '#libs/photo';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, test } from 'vitest';

interface Golden extends Stored {
  readonly file: string;
}

/** Events as they were written when their shape was new, by type and shape: none of these files is ever changed, or removed. */
const goldenOf = (lib: string): Golden[] => {
  const folder = path.join(import.meta.dirname, '../libs', lib, 'golden');
  return readdirSync(folder).map((file) => ({
    file,
    ...JSON.parse(readFileSync(path.join(folder, file), 'utf8')),
    meta: { shape: Number(file.split('.')[1]) },
  }));
};
const at = '2026-11-24T12:00:00.000Z';

const shapesOf = (goldens: readonly Golden[]): string[] => goldens.map(({ type, meta }) => `${type}.${meta.shape}`).toSorted();
/** Each type in each shape that it has had. */
const everyShape = (schemas: object, upcasts: object): string[] =>
  Object.keys(schemas)
    .flatMap((type) => Array.from({ length: shapeToday(upcasts, type) ?? 1 }, (_, n) => `${type}.${n + 1}`))
    .toSorted();

describe('every order event ever shipped', () => {
  const goldens = goldenOf('order');

  it.each(goldens)('$file is read as today’s shape, decided on and shown', (golden) => {
    const event = readOrderEvent(golden)!;
    expect(eventSchemas[event.type].strict().parse(event.data)).toEqual(event.data);
    const placed = readOrderEvent(goldens.find(({ file }) => file === 'OrderPlaced.1.json')!)!;
    const stream = event.type === 'OrderPlaced' ? [event] : [placed, event];
    expect(stream.reduce((view, one) => orderView.evolve(view, one, at), orderView.initial).version).toBe(stream.length);
    expect(() => stream.reduce((state, one) => order.evolve(state, one, at), order.initial)).not.toThrow();
  });

  test('no shape of a type is without a golden file', () => {
    expect(shapesOf(goldens)).toEqual(everyShape(eventSchemas, orderUpcasts));
  });
});

describe('every photo event ever shipped', () => {
  const goldens = goldenOf('photo');

  it.each(goldens)('$file is read as today’s shape', (golden) => {
    const event = readPhotoEvent(golden)!;
    expect(photoEventSchemas[event.type].strict().parse(event.data)).toEqual(event.data);
    expect(() => photo.evolve(photo.initial, event, at)).not.toThrow();
  });

  test('no shape of a type is without a golden file', () => {
    expect(shapesOf(goldens)).toEqual(everyShape(photoEventSchemas, photoUpcasts));
  });
});

describe('every account event ever shipped', () => {
  const goldens = goldenOf('account');

  it.each(goldens)('$file is read as today’s shape', (golden) => {
    const event = readAccountEvent(golden)!;
    expect(accountEventSchemas[event.type].strict().parse(event.data)).toEqual(event.data);
    expect(() => account.evolve(account.initial, event, at)).not.toThrow();
  });

  test('no shape of a type is without a golden file', () => {
    expect(shapesOf(goldens)).toEqual(everyShape(accountEventSchemas, accountUpcasts));
  });
});
