import type { OrderKind } from '../evidence.js';
import type { Random } from '../random.js';

const testCards: Partial<Record<OrderKind, string>> = {
  declined: '4000000000000002',
  insufficient: '4000000000009995',
  'fails-first': '4000000000000119',
  'capture-declined': '4000000000000341',
};

/** A number that pays: 16 digits whose Luhn sum is right. */
function paying(random: Random): string {
  const digits = [5, 2, ...Array.from({ length: 13 }, () => random.whole(0, 10))];
  const sum = digits.reduce((total, digit, n) => total + (n % 2 ? digit : digit * 2 > 9 ? digit * 2 - 9 : digit * 2), 0);
  return [...digits, (10 - (sum % 10)) % 10].join('');
}

export interface Cards {
  of(kind: OrderKind): string;
  /** Every number that is ever used: none may be found at rest. */
  readonly numbers: readonly string[];
}

export function makeCards(random: Random): Cards {
  const good = ['4242424242424242', ...Array.from({ length: 7 }, () => paying(random))];
  return { of: (kind) => testCards[kind] ?? random.pick(good), numbers: [...good, ...Object.values(testCards)] };
}
