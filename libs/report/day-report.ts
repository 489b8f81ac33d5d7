import { z } from 'zod';

const count = z.int().nonnegative();
/** Minor units. */
const cents = z.int().nonnegative();

/** A day of the shop, counted from the streams by what happened on it. Nothing personal. */
export const dayReport = z.strictObject({
  /** Of UTC. */
  day: z.iso.date(),
  currency: z.literal('EUR'),
  placed: z.strictObject({ orders: count, amount: cents }),
  completed: z.strictObject({ orders: count, amount: cents }),
  cancelled: count,
  /** By the reason's code. */
  failed: z.record(z.string(), count),
  /** Orders placed in each hour of the day. */
  hours: z.array(count).length(24),
  /** What completed orders had, by revenue. */
  products: z.array(z.strictObject({ sku: z.string(), name: z.string(), quantity: count, amount: cents })),
});
export type DayReport = z.infer<typeof dayReport>;
