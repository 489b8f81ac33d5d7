import type { OrderKind } from '../evidence.js';
import type { Random } from '../random.js';
import type { Cards } from './cards.js';

/** How many of a hundred orders are of a kind. */
const mix: Record<Exclude<OrderKind, 'broken-photo'>, number> = {
  pays: 50,
  'fails-first': 10,
  declined: 8,
  insufficient: 4,
  'capture-declined': 8,
  undeliverable: 8,
  'out-of-stock': 4,
  scarce: 8,
};

const plenty = ['PRINT-10X15', 'PRINT-13X18', 'PRINT-20X30', 'POSTER-50X70', 'MUG', 'CALENDAR-A4'];
const scarce = 'CANVAS-60X90';

export interface Wish {
  readonly kind: OrderKind;
  readonly lane: 'express' | 'standard';
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
  readonly card: string;
  readonly postcode: string;
  /** The version at which the customer thinks better of it. */
  readonly cancelAt?: number;
  readonly photo: boolean;
}

export function wish(random: Random, cards: Cards): Wish {
  let place = random.whole(0, 100);
  const kind = (Object.keys(mix) as (keyof typeof mix)[]).find((each) => (place -= mix[each]) < 0)!;
  const some = Array.from({ length: random.whole(1, 4) }, () => ({ sku: random.pick(plenty), quantity: random.whole(1, 6) }));
  const lines =
    kind === 'out-of-stock'
      ? [{ sku: scarce, quantity: 900 }]
      : kind === 'scarce'
        ? [{ sku: scarce, quantity: random.whole(10, 40) }]
        : some;
  return {
    kind,
    lane: random.chance(0.2) ? 'express' : 'standard',
    lines,
    card: cards.of(kind),
    postcode: kind === 'undeliverable' ? '00000' : String(random.whole(1000, 9999)),
    ...(kind === 'pays' && random.chance(0.35) && { cancelAt: random.whole(1, 9) }),
    photo: random.chance(0.3),
  };
}
