import type { Settings } from '#libs/host';
import type { Objects } from '#libs/objects';
import type { AnyJob } from '#libs/work';
import { consistencyCheck } from './consistency/consistency-check.js';
import { dailyReport } from './daily-report.js';
import { importOrders } from './import/import-orders.js';
import { rebuildOrderStatus } from './rebuild-order-status.js';
import { relatedProducts } from './related-products.js';
import { retention } from './retention/retention.js';
import { salesTotals } from './sales-totals.js';

/** Every job there is. @param placed an order was placed in the lane of imports: rings for who publishes */
export const jobs = (
  objects: Objects,
  placed: () => void,
  settings: Pick<Settings, 'RETENTION_DAYS' | 'SHOP_EMAIL'>,
): readonly AnyJob[] => [
  importOrders(objects, placed),
  salesTotals(),
  relatedProducts(),
  rebuildOrderStatus(),
  retention(settings.RETENTION_DAYS, objects),
  consistencyCheck(objects),
  dailyReport(settings.SHOP_EMAIL !== undefined),
];
