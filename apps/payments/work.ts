import type { Database } from '#libs/store';
import { accounts, orders, type Ask, type Work } from '#libs/work';
import { authorise } from './authorise.js';
import { capture } from './capture.js';
import { closeMerchant } from './close-merchant.js';
import { keepMerchant } from './keep-merchant.js';
import { openMerchant } from './open-merchant.js';
import { payOrder } from './pay-order.js';
import { refund } from './refund.js';
import type { Vault } from './vault.js';
import { voidPayment } from './void.js';

/** What the payments role does, given the gateway's door, the vault and the database. */
export const payments = (gateway: Ask, vault: Vault, db: Database): Work => ({
  consumers: [payOrder, keepMerchant],
  effects: [
    ...[authorise(gateway, vault), capture(gateway), voidPayment(gateway), refund(gateway)].map((effect) => ({ effect, about: orders })),
    { effect: openMerchant(gateway, db), about: accounts },
    { effect: closeMerchant(gateway), about: accounts },
  ],
});
