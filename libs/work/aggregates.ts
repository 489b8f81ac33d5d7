import { order, readOrderEvent, type Order, type OrderCommand, type OrderEvent } from '#libs/order';
import { photo, readPhotoEvent, type Photo, type PhotoCommand, type PhotoEvent } from '#libs/photo';
import type { Aggregate } from './aggregate.js';

export const orders: Aggregate<OrderCommand, OrderEvent, Order> = { kind: 'order', topic: 'orders', decider: order, read: readOrderEvent };
export const photos: Aggregate<PhotoCommand, PhotoEvent, Photo> = { kind: 'photo', topic: 'photos', decider: photo, read: readPhotoEvent };
