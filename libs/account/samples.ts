import type { AccountEvent, AccountEventType } from './events.js';

type Samples = { readonly [T in AccountEventType]: Extract<AccountEvent, { type: T }>['data'] };

/** One of each fact, for asyncapi.json and for whoever tests a consumer against it. */
export const accountSamples: Samples = {
  AccountOpened: { ordersPerMinute: 60 },
  MerchantOpened: { merchant: 'merchant_1' },
  MerchantRefused: { detail: 'not_accepted' },
  WelcomeSent: {},
  WelcomeFailed: { detail: 'The address does not exist.' },
  AccountReady: {},
  KeyRenewed: {},
  AccountRefused: { detail: 'not_accepted' },
  RefusalSent: {},
  RefusalFailed: { detail: 'The address does not exist.' },
  AccountClosed: {},
  MerchantClosed: {},
  AccountErased: {},
};
