import type { Objects } from '#libs/objects';
import type { AnyJob } from '#libs/work';
import { importOrders } from './import/import-orders.js';
import { relatedProducts } from './related-products.js';
import { salesTotals } from './sales-totals.js';

/** Every job there is. @param placed an order was placed in the lane of imports: rings for who publishes */
export const jobs = (objects: Objects, placed: () => void): readonly AnyJob[] => [
  importOrders(objects, placed),
  salesTotals(),
  relatedProducts(),
];
