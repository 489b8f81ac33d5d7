import type { Database } from '#libs/store';
import { orders, type Ask, type Work } from '#libs/work';
import { fulfilOrder } from './fulfil-order.js';
import { discard, print } from './print.js';
import { ship } from './ship.js';

/** What the fulfilment role does, given the printer's and the carrier's doors. */
export const fulfilment = (outside: Ask, db: Database): Work => ({
  consumers: [fulfilOrder],
  effects: [print(outside), discard(outside), ship(outside, db)].map((effect) => ({ effect, about: orders })),
});
