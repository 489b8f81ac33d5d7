import { account, accountUpcasts, readAccountEvent, type Account, type AccountCommand, type AccountEvent } from '#libs/account';
import { order, orderUpcasts, readOrderEvent, type Order, type OrderCommand, type OrderEvent } from '#libs/order';
import { photo, photoUpcasts, readPhotoEvent, type Photo, type PhotoCommand, type PhotoEvent } from '#libs/photo';
import type { Aggregate } from './aggregate.js';

export const orders: Aggregate<OrderCommand, OrderEvent, Order> = {
  kind: 'order',
  topic: 'orders',
  decider: order,
  read: readOrderEvent,
  upcasts: orderUpcasts,
};
export const photos: Aggregate<PhotoCommand, PhotoEvent, Photo> = {
  kind: 'photo',
  topic: 'photos',
  decider: photo,
  read: readPhotoEvent,
  upcasts: photoUpcasts,
};
export const accounts: Aggregate<AccountCommand, AccountEvent, Account> = {
  kind: 'account',
  // Not `accounts`: docs/decisions/0017-accounts.md.
  topic: 'account',
  decider: account,
  read: readAccountEvent,
  upcasts: accountUpcasts,
};
