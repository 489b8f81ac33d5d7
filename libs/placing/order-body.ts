import { card } from '#libs/card';
import { email, line } from '#libs/host';
import { z } from 'zod';
import { countries } from './countries.js';

const address = z.strictObject({
  name: line(),
  line1: line(),
  line2: line().optional(),
  city: line(),
  region: line().optional(),
  postcode: line(),
  country: z
    .string()
    .refine((code) => countries.has(code), 'This must be a country code of ISO 3166-1 alpha-2.')
    .meta({ enum: [...countries], description: 'ISO 3166-1 alpha-2.' }),
});

/** The body of `POST /orders`. */
export const orderBody = z.strictObject({
  customer: z.strictObject({ email: email(), name: line() }),
  shipTo: address,
  lines: z
    .array(z.strictObject({ sku: line(), quantity: z.int().min(1).max(1_000), photoId: z.uuid().toLowerCase().optional() }))
    .min(1)
    .max(100),
  payment: z.union([z.strictObject({ card }), z.strictObject({ sealed: z.string().max(8_192) })]),
  callbackUrl: line().meta({ format: 'uri' }).optional(),
  priority: z.enum(['standard', 'express']).default('standard'),
});
export type OrderBody = z.infer<typeof orderBody>;
