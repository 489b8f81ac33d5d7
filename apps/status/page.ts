import { z } from 'zod';

const size = 'This must be a whole number from 1 to 200.';

/** The query of every list: how many, and behind what. `at` is what a cursor says; nobody but the list itself reads it. */
export const page = <T extends z.ZodType>(at: T) => ({
  limit: z
    .string(size)
    .regex(/^\d{1,3}$/, size)
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= 200, size)
    .default(50)
    .meta({ type: 'integer', minimum: 1, maximum: 200 }),
  cursor: at.optional(),
});
