import type { Check } from '../evidence.js';
import { acceptedOrders } from './accepted-orders.js';
import { books } from './books.js';
import { orderEnds } from './ends.js';
import { history } from './history.js';
import { mails } from './mails.js';
import { neverBackwards } from './never-backwards.js';
import { nothingLeft } from './nothing-left.js';
import { nothingPersonal } from './nothing-personal.js';
import { projection } from './projection.js';
import { published } from './published.js';
import { stock } from './stock.js';
import { versions } from './versions.js';

export const checks: readonly Check[] = [
  acceptedOrders,
  orderEnds,
  versions,
  history,
  books,
  stock,
  mails,
  neverBackwards,
  projection,
  published,
  nothingPersonal,
  nothingLeft,
];
