import { reader, type Upcasts } from '#libs/decider';
import type { Meta, NewEvent } from '#libs/store';
import { expect, it } from 'vitest';
import { asToday } from './aggregate.js';

const upcasts: Upcasts = { Weighed: [({ kilos }) => ({ grams: kilos * 1_000 })] };
const scales = { upcasts, read: reader<NewEvent>({ Weighed: {} }, upcasts) };
const meta: Meta = { lane: 'standard' };
const weighed = { stream: 'note:1', version: 1, type: 'Weighed', data: { kilos: 2 }, meta };
const today = { ...weighed, data: { grams: 2_000 }, meta: { ...meta, shape: 2 } };

it('a fact is shown as it would be written today, however often that is asked', () => {
  expect(asToday(scales, weighed)).toEqual(today);
  expect(asToday(scales, asToday(scales, weighed))).toEqual(today);
});

it('one of a later build is shown as it stands', () => {
  const later = { ...weighed, meta: { ...meta, shape: 3 } };
  expect(asToday(scales, later)).toBe(later);
});
