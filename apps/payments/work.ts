import { orders, type Ask, type Work } from '#libs/work';
import { authorise } from './authorise.js';
import { capture } from './capture.js';
import { payOrder } from './pay-order.js';
import { refund } from './refund.js';
import type { Vault } from './vault.js';
import { voidPayment } from './void.js';

/** What the payments role does, given the gateway's door and the vault. */
export const payments = (gateway: Ask, vault: Vault): Work => ({
  consumers: [payOrder],
  effects: [authorise(gateway, vault), capture(gateway), voidPayment(gateway), refund(gateway)].map((effect) => ({
    effect,
    about: orders,
  })),
});
