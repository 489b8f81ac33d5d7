import { z } from 'zod';

const nothing = z.object({});
const why = z.object({ detail: z.string() });

/** Every fact an account's stream can hold. Who it is, by name and e-mail address, stands in `personal`, never here. */
export const accountEventSchemas = {
  AccountOpened: z.object({ ordersPerMinute: z.int().positive() }),
  MerchantOpened: z.object({ merchant: z.string() }),
  MerchantRefused: why,
  WelcomeSent: nothing,
  WelcomeFailed: why,
  AccountReady: nothing,
  /** From then on its key is the next one. */
  KeyRenewed: nothing,
  AccountRefused: why,
  RefusalSent: nothing,
  RefusalFailed: why,
  AccountClosed: nothing,
  MerchantClosed: nothing,
  /** Its name and address are deleted with it. */
  AccountErased: nothing,
} as const;

export type AccountEventType = keyof typeof accountEventSchemas;
export type AccountEvent = {
  [T in AccountEventType]: { readonly type: T; readonly data: z.infer<(typeof accountEventSchemas)[T]> };
}[AccountEventType];
